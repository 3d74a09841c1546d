import { type FindingsEvidence, type ImageEvidence, reportsIn, type ScanReport } from "../../domain/evidence.ts";
import type { Finding } from "../../domain/finding.ts";
import type { ThreatFacts } from "../../domain/threat.ts";
import type { Closure } from "../../domain/verdict.ts";
import { type Closers, closersOf, type Grounds, groundsFor, untrustedGrounds } from "./closing.ts";
import { type MergedFinding, mergeFindings } from "./merge.ts";
import type { FindingSettings } from "./settings.ts";

/** The findings of one image, merged of the reports that the policy trusts. Made when a rule first asks, and once for all rules. */
export interface ImageFindings {
  /** Those that count. */
  readonly open: readonly MergedFinding[];
  readonly closed: readonly Omit<Closure, "child">[];
  readonly disputed: readonly Omit<Closure, "child">[];
}

export function imageFindings(evidence: ImageEvidence, settings: FindingSettings, threats: ThreatFacts): ImageFindings {
  const all = findingsOf(reportsIn(evidence.findings));
  const statements = evidence.vex.kind === "examined" ? evidence.vex.statements : [];
  if (statements.length === 0 && threats.withdrawn.kind !== "read" && all.every(({ status }) => status === undefined))
    return { open: mergeFindings(all, settings), closed: [], disputed: [] };
  return weigh(all, settings, closersOf(evidence.subject, statements, settings, threats));
}

function weigh(all: readonly Finding[], settings: FindingSettings, closers: Closers): ImageFindings {
  const grounds = new Map<Finding, Grounds>();
  for (const finding of all) {
    const found = groundsFor(finding, closers);
    if (found !== undefined) grounds.set(finding, found);
  }
  const counting = grounds.size === 0 ? all : all.filter((finding) => !grounds.has(finding));
  const open = mergeFindings(counting, settings);
  return {
    open,
    closed: mergeFindings([...grounds.keys()], settings).flatMap((finding) =>
      closuresOf(
        finding,
        finding.told.flatMap((told) => grounds.get(told) ?? []),
      ),
    ),
    disputed: open.flatMap((finding) =>
      closuresOf(
        finding,
        finding.told.flatMap((told) => untrustedGrounds(told, closers)),
      ),
    ),
  };
}

function closuresOf({ id, package: name, severity }: MergedFinding, grounds: readonly Grounds[]): readonly Omit<Closure, "child">[] {
  const distinct = new Map(grounds.map((each) => [`${each.kind}\n${each.by}`, each]));
  return [...distinct.values()].map((each) => ({ id, package: name, severity, ...each }));
}

/** As if the reports that the policy does not trust had never been made, those on secrets and the like included. */
export function trustedOnly(evidence: ImageEvidence, settings: FindingSettings): ImageEvidence {
  const findings = trustedFindings(evidence.findings, settings);
  const content = evidence.content?.filter(({ origin }) => settings.trustReports.includes(origin));
  if (findings === evidence.findings && content?.length === evidence.content?.length) return evidence;
  return { ...evidence, findings, ...(content === undefined ? {} : { content }) };
}

function trustedFindings(findings: FindingsEvidence, { trustReports }: FindingSettings): FindingsEvidence {
  const reports = reportsIn(findings);
  const trusted = reports.filter(({ origin }) => trustReports.includes(origin));
  if (trusted.length === reports.length) return findings;
  const [first, ...rest] = trusted;
  const note = passedOver(reports.filter(({ origin }) => !trustReports.includes(origin)));
  if (findings.kind === "reported")
    return first === undefined
      ? { kind: "absent", why: note }
      : { ...findings, reports: [first, ...rest], notes: [...(findings.notes ?? []), note] };
  return "reports" in findings ? { ...findings, reports: trusted } : findings;
}

function passedOver(reports: readonly ScanReport[]): string {
  const names = [...new Set(reports.map(({ scanner, origin }) => `${scanner} (${origin})`))].sort();
  return `the policy does not trust the ${reports.length === 1 ? "report" : "reports"} of ${names.join(", ")}`;
}

/** The reports that tell of a finding, always in the same order. */
export function reportsOn({ told }: MergedFinding, findings: FindingsEvidence): readonly ScanReport[] {
  const reports = reportsIn(findings);
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
