import * as z from "zod";
import type { Finding } from "../../../shared/domain/finding.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { ReadReport } from "../../../shared/ports/findings-source.ts";
import { readJson } from "../../../shared/runtime/json.ts";
import { trivy } from "../../../shared/scanners/trivy/index.ts";
import { TRIVY_LEGACY, TRIVY_REPORT, type TrivyResult } from "../../../shared/scanners/trivy/schema.ts";
import { compare, type IndexedCase, type IndexedKind, type Row } from "./row.ts";

const COUNTS = z.record(z.string(), z.number());
const EXPECTED = z.object({
  findings: z.number().optional(),
  bySeverity: COUNTS.optional(),
  distinctIds: z.number().optional(),
  sampleIds: z.array(z.string()).optional(),
  fixable: z.number().optional(),
  statuses: COUNTS.optional(),
  results: z.number().optional(),
  suppressed: z.number().optional(),
  misconfigurations: z.number().optional(),
  entriesWithoutId: z.number().optional(),
  repoDigests: z.array(z.string()).nullish(),
});
type Expected = z.output<typeof EXPECTED>;

/** Trivy reports: what the reader finds in them is what was counted in the file. */
export const trivyReports: IndexedKind = async function* (cases) {
  for (const each of cases) yield judge(each);
};

function judge({ file, expected, bytes }: IndexedCase): Row {
  const facts = EXPECTED.safeParse(expected ?? {});
  if (!facts.success) return { case: file, outcome: "failed", detail: "the index expects what this check does not know" };
  try {
    const document = readJson(bytes, { maxBytes: 256 * 1024 * 1024, maxDepth: 64, place: file });
    return judgeDocument(file, document, facts.data);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return compare(file, { findings: facts.data.findings ?? 0 }, { findings: 0 });
  }
}

function judgeDocument(file: string, document: unknown, facts: Expected): Row {
  const read = trivy.read(document);
  if ("why" in read && read.why === "") return { case: file, outcome: "failed", detail: `${read.kind} without a reason` };
  if (document === null && read.kind === "report") return { case: file, outcome: "failed", detail: "null was read as a clean report" };
  const { repoDigests, statuses, ...counts } = facts;
  const findings = read.kind === "report" ? read.report.findings.filter(({ status }) => status === undefined) : [];
  const known = { ...counts, recognised: document !== null, subject: subjectIn(repoDigests ?? []), statusesFit: true };
  const actual = {
    ...countFindings(findings),
    ...countResults(resultsIn(document), findings),
    recognised: trivy.recognises(document),
    subject: subjectOf(read),
    statusesFit: statusesFit(statuses ?? {}, findings),
  };
  return compare(file, { ...known, ...(known.bySeverity === undefined ? {} : { bySeverity: sorted(known.bySeverity) }) }, actual);
}

function countFindings(findings: readonly Finding[]): Record<string, unknown> {
  const ids = [...new Set(findings.map((finding) => finding.id))];
  const words = findings.map((finding) => finding.severities[0]?.raw || "null");
  return {
    findings: findings.length,
    bySeverity: sorted(tally(words)),
    distinctIds: ids.length,
    sampleIds: ids.slice(0, 3),
    fixable: findings.filter((finding) => finding.fix.versions.length > 0).length,
  };
}

function resultsIn(document: unknown): readonly TrivyResult[] {
  const current = TRIVY_REPORT.safeParse(document);
  return current.success ? (current.data.Results ?? []) : (TRIVY_LEGACY.safeParse(document).data ?? []);
}

function countResults(results: readonly TrivyResult[], findings: readonly Finding[]): Record<string, unknown> {
  const sum = (count: (result: TrivyResult) => number): number => results.reduce((total, result) => total + count(result), 0);
  return {
    results: results.length,
    suppressed: sum((result) => result.ExperimentalModifiedFindings?.length ?? 0),
    misconfigurations: sum((result) => result.Misconfigurations?.length ?? 0),
    entriesWithoutId: sum((result) => result.Vulnerabilities?.length ?? 0) - findings.length,
  };
}

const STATES = { affected: "not-fixed", will_not_fix: "wont-fix", fix_deferred: "deferred", end_of_life: "end-of-life" } as const;

/** A status may be outdone by a version that the entry names, and in no other way. */
function statusesFit(statuses: Readonly<Record<string, number>>, findings: readonly Finding[]): boolean {
  const fixable = findings.filter((finding) => finding.fix.versions.length > 0).length;
  const outdone = Object.entries(STATES).map(
    ([status, state]) => (statuses[status] ?? 0) - findings.filter((finding) => finding.fix.state === state).length,
  );
  return (
    outdone.every((count) => count >= 0) &&
    outdone.reduce((sum, count) => sum + count, 0) <= Math.max(0, fixable - (statuses["fixed"] ?? 0))
  );
}

function subjectIn(repoDigests: readonly string[]): string | undefined {
  const digests = new Set(repoDigests.flatMap((reference) => /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1] ?? []));
  return digests.size === 1 ? [...digests][0] : undefined;
}

function subjectOf(read: ReadReport): string | undefined {
  return read.kind === "report" ? read.subject : undefined;
}

function tally(words: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, group]) => [word, group.length]));
}

function sorted(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
