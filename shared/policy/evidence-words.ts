import type { FindingsEvidence, ScanReport } from "../domain/evidence.ts";
import { printMinute } from "../domain/time.ts";
import type { Fact } from "./rule.ts";

type NotReported = Exclude<FindingsEvidence, { readonly kind: "reported" }>;

/** Why no report can be judged, in the words that people see everywhere. */
function notReported(evidence: NotReported): string {
  switch (evidence.kind) {
    case "absent":
      return evidence.why === undefined ? "never scanned" : `no report that counts: ${evidence.why}`;
    case "pending":
      return `scan running: ${evidence.why}`;
    case "failed":
      return `scan failed: ${evidence.why}`;
    case "unsupported":
      return `cannot be scanned: ${evidence.why}`;
    case "stale":
      return `scanned too long ago: ${evidence.why}`;
    case "unavailable":
      return `could not ask: ${evidence.why}`;
    default:
      return evidence satisfies never;
  }
}

const REMEDIES: Readonly<Record<NotReported["kind"], string>> = {
  absent: "scan it, then attach the report to the image or post it",
  pending: "wait for the scan to end",
  failed: "mend what made the scan fail and scan again",
  unsupported: "scan it with a scanner that can read it, or judge it by another rule",
  stale: "scan it again",
  unavailable: "make the place of the reports reachable; it is asked again",
};

/** The fact that a rule needs findings and has none. */
export function unscanned(evidence: NotReported): Fact {
  return { status: "unknown", about: ["findings"], message: notReported(evidence), remedy: REMEDIES[evidence.kind], severity: "unknown" };
}

/** `trivy, scanned 2026-11-21 10:42Z`: who says it, and as of when. */
export function printSources(reports: readonly ScanReport[]): string {
  return reports
    .map(({ scanner, scannedAt }) => `${scanner}, scanned ${scannedAt === "unknown" ? "at an unknown time" : printMinute(scannedAt)}`)
    .join("; ");
}
