import * as z from "zod";
import type { FindingsEvidence } from "../../domain/evidence.ts";
import type { Instant } from "../../domain/time.ts";
import { loose, moment, short, word } from "../../runtime/lenient.ts";
import { isLookedAt, whyUnlooked } from "../../scanners/aws/scan-status.ts";
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
  const unlooked = whyUnlooked(reason);
  return { kind: "open", findings: { kind: unlooked === "refused" ? "unavailable" : unlooked, why } };
}
