import * as z from "zod";
import type { FindingsEvidence } from "../../domain/evidence.ts";
import { lookUp } from "../../domain/look-up.ts";
import type { Instant } from "../../domain/time.ts";
import { loose, moment, short, word } from "../../runtime/lenient.ts";
import { isLookedAt } from "../../scanners/aws/looked-at.ts";
import { readAwsTime } from "../../scanners/aws/time.ts";

const RESOURCE = z.object({
  resourceId: word,
  scanType: word,
  scanStatus: z.object({ statusCode: word, reason: word }).catch({ statusCode: "", reason: "" }),
  lastScannedAt: loose(moment),
});

/** What Inspector says of whether it looks at an image. */
export type Coverage =
  | { readonly kind: "scanned"; readonly scannedAt: Instant | "unknown"; readonly note?: string }
  | { readonly kind: "not-covered" }
  | { readonly kind: "open"; readonly findings: Exclude<FindingsEvidence, { readonly kind: "reported" }> };

type Open = Exclude<FindingsEvidence, { readonly kind: "reported" | "stale" | "absent" }>["kind"];

// Service model inspector2, ScanStatusReason. One that is not known here does not say that the scan was successful.
const OPEN: Readonly<Record<string, Open>> = {
  PENDING_INITIAL_SCAN: "pending",
  PENDING_REVIVAL_SCAN: "pending",
  SCAN_IN_PROGRESS: "pending",
  IMAGE_ARCHIVED: "unsupported",
  IMAGE_SIZE_EXCEEDED: "unsupported",
  INVALID_ARTIFACT: "unsupported",
  EXCLUDED_BY_TAG: "unsupported",
  NO_INVENTORY: "unsupported",
  NO_RESOURCES_FOUND: "unsupported",
  SCAN_FREQUENCY_MANUAL: "unsupported",
  ACCESS_DENIED: "unavailable",
  ACCESS_DENIED_TO_ENCRYPTION_KEY: "unavailable",
};

/** Of all that Inspector says of one image. Its code may be scanned too: what counts here is what it says of packages. */
export function readCoverage(items: readonly unknown[], imageArn: string): Coverage {
  const read = items.map((item) => RESOURCE.safeParse(item)).flatMap(({ data }) => data ?? []);
  const own = read.filter(({ resourceId, scanType }) => resourceId === imageArn && (scanType === "PACKAGE" || scanType === ""));
  const [first, ...others] = own.map(stateOf);
  if (first === undefined) return { kind: "not-covered" };
  return [first, ...others].find(({ kind }) => kind === "open") ?? first;
}

function stateOf({ scanStatus: { statusCode, reason }, lastScannedAt }: z.output<typeof RESOURCE>): Coverage {
  const why = `Inspector's coverage is ${short(statusCode, 30) || "not told"}: ${short(reason, 100) || "no reason given"}`;
  const scannedAt = readAwsTime(lastScannedAt);
  if (isLookedAt({ statusCode, reason })) return { kind: "scanned", scannedAt: scannedAt ?? "unknown" };
  // It was looked at when it was pushed, and is not again: what was found then is there, and as old as it says.
  if (reason === "SCAN_FREQUENCY_SCAN_ON_PUSH" && scannedAt !== undefined) return { kind: "scanned", scannedAt, note: why };
  // All of its findings are closed then, and nothing was mended.
  if (reason === "SCAN_ELIGIBILITY_EXPIRED") return { kind: "open", findings: { kind: "stale", why, reports: [] } };
  const kind = lookUp(OPEN, reason) ?? (reason.startsWith("UNSUPPORTED_") ? "unsupported" : "failed");
  return { kind: "open", findings: { kind, why } };
}
