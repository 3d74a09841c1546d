import { type Digest, isDigest } from "../../../shared/domain/digest.ts";
import type { Finding } from "../../../shared/domain/finding.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { ReadReport, ReportReader } from "../../../shared/ports/findings-source.ts";
import { readDocument } from "../../../shared/runtime/document.ts";
import { compare, type IndexedCase, type IndexedKind, type Row } from "./row.ts";

export type Facts = Readonly<Record<string, unknown>>;

/** What a reader made of a document, and the document for what only it can tell. */
export interface ReadCase {
  readonly read: ReadReport;
  readonly document: unknown;
  /** Findings that count for the one who made the report. */
  readonly findings: readonly Finding[];
  readonly expected: Facts;
}

/**
 * Compares what a reader finds with what was counted in the file. `count` gives the facts by the index's names; a fact that it does not give
 * is not compared. `adapt` rewrites what the index says in the report's words.
 */
export function reportKind(
  reader: ReportReader,
  count: (read: ReadCase) => Facts,
  adapt: (expected: Facts) => Facts = (expected) => expected,
): IndexedKind {
  return async function* (cases) {
    for (const each of cases) yield judge(reader, count, adapt, each);
  };
}

function judge(
  reader: ReportReader,
  count: (read: ReadCase) => Facts,
  adapt: (expected: Facts) => Facts,
  { file, expected, bytes }: IndexedCase,
): Row {
  const facts = (expected ?? {}) as Facts;
  try {
    const document = readDocument(bytes, { maxBytes: 256 * 1024 * 1024, maxDepth: 64, place: file });
    const read = reader.read(document);
    if ("why" in read && read.why === "") return { case: file, outcome: "failed", detail: `${read.kind} without a reason` };
    if (!reader.recognises(document)) return { case: file, outcome: "failed", detail: `${reader.id} does not know it for its own` };
    const counted = count({ read, document, findings: countingIn(read), expected: facts });
    const known = Object.entries(adapt(facts)).filter(([name, value]) => name in counted && value !== null);
    if (known.length === 0) return { case: file, outcome: "failed", detail: "the index expects nothing that this check compares" };
    return compare(file, sortedAll(Object.fromEntries(known)), sortedAll(counted));
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return compare(file, { findings: facts["findings"] ?? 0 }, { findings: 0 });
  }
}

function countingIn(read: ReadReport): readonly Finding[] {
  const findings = read.kind === "report" ? read.report.findings : [];
  return findings.filter(({ status }) => status === undefined || status.kind === "under-investigation");
}

/** The facts that most formats have. `isFixable`: the format's own word for "there is a fix". */
export function commonFacts(
  findings: readonly Finding[],
  isFixable: (finding: Finding) => boolean = ({ fix }) => fix.versions.length > 0,
): Facts {
  const ids = [...new Set(findings.map(({ id }) => id))];
  return {
    findings: findings.length,
    bySeverity: tally(findings.map(({ severities }) => severities[0]?.raw || "null")),
    distinctIds: ids.length,
    sampleIds: ids.slice(0, 3),
    fixable: findings.filter(isFixable).length,
  };
}

export function tally(words: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, group]) => [word, group.length]));
}

/** Counts under the words of `names`, with those that have the same word added up. */
export function renamed(counts: unknown, names: Readonly<Record<string, string>>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [word, amount] of Object.entries((counts ?? {}) as Record<string, number>)) {
    const name = names[word] ?? word;
    sums[name] = (sums[name] ?? 0) + amount;
  }
  return sums;
}

export function digestIn(text: unknown): Digest | undefined {
  const digest = typeof text === "string" ? decodeURIComponent(text).replace(/^.*@/, "").replace(/\?.*$/, "") : "";
  return isDigest(digest) ? digest : undefined;
}

function sortedAll(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, isCounts(value) ? sorted(value) : value]));
}

function isCounts(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(counts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
