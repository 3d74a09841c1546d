import type { FindingsEvidence, ImageEvidence, ScanReport } from "../domain/evidence.ts";
import type { Finding } from "../domain/finding.ts";
import type { FindingSettings } from "./finding-settings.ts";
import { type MergedFinding, mergeFindings } from "./findings.ts";

/** The findings of one image, merged of the reports that the policy trusts. Made when a rule first asks, and once for all rules. */
export interface ImageFindings {
  /** Those that count. */
  readonly open: readonly MergedFinding[];
}

export function imageFindings({ findings }: ImageEvidence, settings: FindingSettings): ImageFindings {
  return { open: mergeFindings(findingsOf(reportsOf(findings)), settings) };
}

export function reportsOf(findings: FindingsEvidence): readonly ScanReport[] {
  return "reports" in findings ? findings.reports : [];
}

/** The reports that tell of a finding, always in the same order. */
export function reportsOn({ told }: MergedFinding, findings: FindingsEvidence): readonly ScanReport[] {
  const reports = reportsOf(findings);
  if (reports.length <= 1) return reports;
  return reports
    .filter((report) => told.some((finding) => report.findings.includes(finding)))
    .toSorted((a, b) => compare(`${a.scanner} ${a.digest}`, `${b.scanner} ${b.digest}`));
}

function findingsOf(reports: readonly ScanReport[]): readonly Finding[] {
  const [only, ...others] = reports;
  return others.length === 0 ? (only?.findings ?? []) : reports.flatMap(({ findings }) => findings);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
