import type { Digest } from "../domain/digest.ts";
import type { FindingsEvidence, ScanReport } from "../domain/evidence.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { ReportReader } from "../ports/findings-source.ts";
import { readJson } from "../runtime/json.ts";

/** Bytes of one report that are read at most. */
export const MAX_REPORT_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 64;

/** A report's bytes and what was said of their format. */
export interface FoundReport {
  /** The image that it was found for. */
  readonly image: Digest;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly origin: ScanReport["origin"];
  /** Where it lies, for messages. */
  readonly place: string;
  /** Reports with the same batch belong together (one per platform, say): a newer batch replaces them as one. */
  readonly batch: string;
  /** The reader that the media type or the sender names; asked first, as both may be wrong. */
  readonly named: ReportReader | undefined;
}

export type TriedReport =
  | { readonly kind: "report"; readonly report: ScanReport; readonly batch: string; readonly notes: readonly string[] }
  | { readonly kind: "failed" | "unsupported"; readonly why: string }
  /** Not the format of any reader, and nobody said that it was one. */
  | { readonly kind: "other" };

export function tryReport(found: FoundReport, readers: readonly ReportReader[]): TriedReport {
  const parsed = parse(found);
  if ("fault" in parsed) return found.named === undefined ? { kind: "other" } : { kind: "failed", why: parsed.fault };
  const reader = [found.named, ...readers].find((candidate) => candidate?.recognises(parsed.value) === true) ?? found.named;
  if (reader === undefined) return { kind: "other" };
  const read = reader.read(parsed.value);
  if (read.kind === "facts") return { kind: "other" };
  if (read.kind !== "report") return { kind: read.kind === "unsupported" ? "unsupported" : "failed", why: `${found.place}: ${read.why}` };
  // A scanner that was given an index's tag names the index, though it looked at one child: no fault, but worth saying.
  const elsewhere = read.subject === undefined || read.subject === found.image ? [] : [`names ${read.subject} as its image`];
  const notes = [...(read.notes ?? []), ...elsewhere].map((note) => `${found.place}: ${note}`);
  return { kind: "report", report: { ...read.report, origin: found.origin, digest: found.digest }, batch: found.batch, notes };
}

function parse({ bytes, place }: FoundReport): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: readJson(bytes, { maxBytes: MAX_REPORT_BYTES, maxDepth: MAX_DEPTH, place }) };
  } catch (error) {
    if (error instanceof AdapterError) return { fault: error.message };
    throw error;
  }
}

/** One answer out of all reports of a place. A report that could not be read is told, but never hides one that could. */
export function answerFrom(tried: readonly TriedReport[]): FindingsEvidence {
  const good = tried.filter((each) => each.kind === "report");
  const bad = tried.flatMap((each) => (each.kind === "failed" || each.kind === "unsupported" ? [each] : []));
  const [first, ...rest] = newestPerScanner(good);
  if (first !== undefined) {
    const notes = [...[first, ...rest].flatMap((each) => each.notes), ...bad.map((each) => each.why)];
    return { kind: "reported", reports: [first.report, ...rest.map((each) => each.report)], ...(notes.length === 0 ? {} : { notes }) };
  }
  const kind = bad.some((each) => each.kind === "failed") ? "failed" : "unsupported";
  return bad.length === 0 ? { kind: "absent" } : { kind, why: bad.map((each) => each.why).join("; ") };
}

type Good = Extract<TriedReport, { readonly kind: "report" }>;

// A report without a date cannot be shown to be older than another: it stays.
function newestPerScanner(reports: readonly Good[]): readonly Good[] {
  const newest = new Map<string, Good>();
  for (const each of reports) {
    const known = newest.get(each.report.scanner);
    if (
      each.report.scannedAt !== "unknown" &&
      (known === undefined || known.report.scannedAt === "unknown" || each.report.scannedAt > known.report.scannedAt)
    )
      newest.set(each.report.scanner, each);
  }
  return reports.filter((each) => each.report.scannedAt === "unknown" || newest.get(each.report.scanner)?.batch === each.batch);
}
