import type { Finding } from "../../../shared/domain/finding.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { ReadReport, ReportReader } from "../../../shared/ports/findings-source.ts";
import { readJson } from "../../../shared/runtime/json.ts";
import { type Facts, tally } from "./report-facts.ts";
import { compare, type IndexedCase, type IndexedKind, type Row } from "./row.ts";

/** One entry of a report: the document as if this were the only one, whole and open. */
export interface Entry {
  readonly alone: unknown;
  /** What the index counts where the entry is no vulnerability, and is left out with a note. */
  readonly otherwise?: { readonly id: unknown; readonly word: unknown };
  /** The index knows it by no id: it tells of a vulnerability and does not list it. */
  readonly isUnlisted?: boolean;
  /** The scanner has closed it: the index counts it, and the report as a whole leaves it out. */
  readonly isClosed?: boolean;
}

export interface EntryFormat {
  /** Readers of the format's shapes; the first one reads what has no entry to know it by. */
  readonly readers: readonly [ReportReader, ...ReportReader[]];
  entries(document: unknown): readonly Entry[];
  /** The name that the index has of a finding. */
  name(finding: Finding): string;
  /** The word that the index counts as the severity; absent: that of the claim that counts. */
  word?(finding: Finding): string | undefined;
  isFixable(findings: readonly Finding[]): boolean;
  /** Names that the index has for what others call `bySeverity` and `distinctIds`. */
  readonly named?: Readonly<Record<string, string>>;
  /** Facts beside those on entries, expected and read. */
  more?(expected: Facts, read: ReadReport, entries: readonly (readonly Finding[])[]): readonly (readonly [string, unknown, unknown])[];
}

/**
 * Reads each entry of a report alone, so that one that names several packages is counted as the index counts it, and the report as a whole,
 * which must hold just the same findings or say why it cannot be read; and must be clean only where the index counts nothing.
 */
export function entryReports(format: EntryFormat): IndexedKind {
  return async function* (cases) {
    for (const each of cases) yield judge(format, each);
  };
}

function judge(format: EntryFormat, { file, expected, bytes }: IndexedCase): Row {
  const facts = (expected ?? {}) as Facts;
  try {
    return judgeDocument(format, file, facts, readJson(bytes, { maxBytes: 256 * 1024 * 1024, maxDepth: 64, place: file }));
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return file.endsWith(".json")
      ? compare(file, { findings: facts["findings"] ?? 0 }, { findings: 0 })
      : { case: file, outcome: "unsupported", detail: `${format.readers[0].id}, not as JSON` };
  }
}

function judgeDocument(format: EntryFormat, file: string, facts: Facts, document: unknown): Row {
  const reader = format.readers.find((each) => each.recognises(document)) ?? format.readers[0];
  const whole = reader.read(document);
  const entries = format.entries(document).map((entry) => readAlone(reader.read(entry.alone), entry));
  const findings = entries.filter(({ isClosed }) => !isClosed).flatMap((entry) => entry.findings);
  const compared = [
    ["recognised", true, entries.length === 0 || reader.recognises(document)] as const,
    ["wholeFits", true, fits(whole, facts, findings.length)] as const,
    ...compareCounts(format, facts, entries),
    ...moreFacts(format, facts, whole, entries),
  ];
  return compare(
    file,
    Object.fromEntries(compared.map(([name, expected]) => [name, sorted(expected)])),
    Object.fromEntries(compared.map(([name, , actual]) => [name, sorted(actual)])),
  );
}

/** Name, what is expected, what is there. */
type Compared = readonly (readonly [string, unknown, unknown])[];

function compareCounts(format: EntryFormat, facts: Facts, entries: readonly ReadEntry[]): Compared {
  const distinct = facts[format.named?.["distinctIds"] ?? "distinctIds"];
  return Object.entries(countEntries(format, entries, distinct)).flatMap(([name, actual]) => {
    const expected = facts[format.named?.[name] ?? name];
    return expected === undefined || expected === null ? [] : [[name, expected, actual] as const];
  });
}

function moreFacts(format: EntryFormat, facts: Facts, whole: ReadReport, entries: readonly ReadEntry[]): Compared {
  const findings = entries.map((entry) => entry.findings);
  return format.more?.(facts, whole, findings) ?? [];
}

interface ReadEntry extends Required<Pick<Entry, "isUnlisted" | "isClosed">> {
  readonly findings: readonly Finding[];
  readonly otherwise: Entry["otherwise"];
}

/** An entry that is no vulnerability has to be refused with a reason. */
function readAlone(read: ReadReport, { otherwise, isUnlisted = false, isClosed = false }: Entry): ReadEntry {
  const findings = read.kind === "report" ? read.report.findings : [];
  const told = findings.length === 0 && "why" in read && read.why !== "" ? otherwise : undefined;
  return { findings, isUnlisted, isClosed, otherwise: told };
}

function countEntries({ name, word, isFixable }: EntryFormat, read: readonly ReadEntry[], distinct: unknown): Facts {
  const told = read.flatMap(({ findings, otherwise, isUnlisted }) => {
    const [first] = findings;
    if (first === undefined) return otherwise === undefined ? [] : [{ ids: [String(otherwise.id)], word: String(otherwise.word) }];
    const raw = word === undefined ? first.severities[0]?.raw : word(first);
    return [{ ids: isUnlisted ? [""] : findings.map(name), word: raw || "null" }];
  });
  const ids = [...new Set(told.flatMap((each) => each.ids))];
  // What has no id may count as one more or not at all.
  const named = ids.filter((id) => id !== "");
  const counted = distinct === named.length ? named : ids;
  return {
    findings: told.length,
    bySeverity: tally(told.map(({ word }) => word)),
    distinctIds: counted.length,
    sampleIds: counted.slice(0, 3),
    fixable: read.filter(({ findings }) => findings.length > 0 && isFixable(findings)).length,
  };
}

/** As it stands a report may refuse to be read, with a reason. It must not lose a finding, nor be clean where something was counted. */
function fits(whole: ReadReport, facts: Facts, findings: number): boolean {
  if ("why" in whole) return whole.why !== "";
  if (whole.kind !== "report") return findings === 0;
  return whole.report.findings.length === findings && (findings > 0 || (facts["findings"] ?? 0) === 0);
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
