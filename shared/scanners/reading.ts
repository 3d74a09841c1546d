import type { Digest } from "../domain/digest.ts";
import type { AttestationFact, ScanReport } from "../domain/evidence.ts";
import type { Inventory } from "../domain/inventory.ts";
import type { VexStatement } from "../domain/vex.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { AlsoTold, ReadReport, ReportReader } from "../ports/findings-source.ts";
import { readDocument } from "../runtime/document.ts";
import type { JsonLimits } from "../runtime/json.ts";
import { readPruned } from "../runtime/json-pruned.ts";
import { attestationOf, isAbout, type Unwrapped, unwrap } from "./envelope.ts";

/** Bytes of one report that are held as a whole at most. */
export const MAX_WHOLE_BYTES = 16 * 1024 * 1024;
/** Bytes of one report that are read at most. */
export const MAX_REPORT_BYTES = 512 * 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_VALUES = 20_000_000;

/** `pruned`: read from a stream, with the members alone that `prunable` readers look at. */
export type FoundContent = { readonly kind: "bytes"; readonly bytes: Uint8Array } | { readonly kind: "pruned"; readonly document: unknown };

/** Reads a long report, whole or not at all. @throws AdapterError too-large, malformed, and what the chunks throw */
export async function prune(chunks: AsyncIterable<Uint8Array>, readers: readonly ReportReader[], place: string): Promise<FoundContent> {
  const keeps = new Set(prunable(readers).flatMap((reader) => reader.keeps ?? []));
  const limits = { maxBytes: MAX_REPORT_BYTES, maxDepth: MAX_DEPTH, maxValues: MAX_VALUES, keeps, place };
  return { kind: "pruned", document: await readPruned(chunks, limits) };
}

/** Others would take what was left out for what is not there. */
function prunable(readers: readonly ReportReader[]): readonly ReportReader[] {
  return readers.filter(({ keeps }) => keeps !== undefined);
}

/** A report's bytes and what was said of their format. */
export interface FoundReport {
  /** The image that it was found for. */
  readonly image: Digest;
  readonly content: FoundContent;
  readonly digest: Digest;
  readonly origin: ScanReport["origin"];
  /** Where it lies, for messages. */
  readonly place: string;
  /** Reports with the same batch belong together (one per platform, say): a newer batch replaces them as one. */
  readonly batch: string;
  /** The reader that the media type or the sender names; asked first, as both may be wrong. */
  readonly named: ReportReader | undefined;
  /** The signed statement that it was read out of. */
  readonly statement?: Digest;
}

/** What beside a report a document told. */
interface Told {
  readonly inventory?: Inventory;
  readonly vex: readonly VexStatement[];
  readonly notes: readonly string[];
}

type Unread = "failed" | "unsupported" | "pending";

export type TriedReport = { readonly attestation?: AttestationFact } & (
  | ({ readonly kind: "report" | "content"; readonly report: ScanReport; readonly batch: string } & Told)
  | ({ readonly kind: "facts" } & Told)
  /** `tells`: what it would have told. */
  | { readonly kind: Unread; readonly why: string; readonly tells: NonNullable<ReportReader["tells"]> }
  /** Not the format of any reader, and nobody said that it was one. */
  | { readonly kind: "other" }
);

export function tryReport(found: FoundReport, readers: readonly ReportReader[]): TriedReport {
  const { content } = found;
  if (content.kind === "pruned") return readWith(namedAmong(found, prunable(readers)), content.document, prunable(readers));
  const parsed = parse(content.bytes, found.place);
  if ("fault" in parsed) return fault(found, parsed.fault);
  const { document, statement } = parsed.value;
  if (statement === undefined) return readWith(found, document, readers);
  if (!isAbout(statement, found.image)) return { kind: "other" };
  const attestation = attestationOf(statement, found.image, found.batch);
  const within = statement.digest === undefined ? {} : { statement: statement.digest };
  const tried = readWith({ ...found, ...within, named: undefined }, document, readers);
  return { ...tried, ...(attestation === undefined ? {} : { attestation }) };
}

function namedAmong(found: FoundReport, readers: readonly ReportReader[]): FoundReport {
  const { named } = found;
  return named === undefined || readers.includes(named) ? found : { ...found, named: { ...named, recognises: () => false, read: tooLong } };
}

function tooLong(): ReadReport {
  return { kind: "malformed", why: `a report of this format may have ${MAX_WHOLE_BYTES} bytes at most` };
}

/** What is told of a document that could not be read; nothing where nobody said that it was a report. */
export function fault({ named }: Pick<FoundReport, "named">, why: string): TriedReport {
  return named === undefined ? { kind: "other" } : { kind: "failed", why, tells: named.tells ?? ["report"] };
}

function readWith(found: FoundReport, document: unknown, readers: readonly ReportReader[]): TriedReport {
  const reader = [found.named, ...readers].find((candidate) => candidate?.recognises(document) === true) ?? found.named;
  if (reader === undefined) return { kind: "other" };
  const read = reader.read(document);
  switch (read.kind) {
    case "report":
    case "content":
      return {
        kind: read.kind,
        report: { ...read.report, origin: found.origin, digest: found.digest },
        batch: found.batch,
        ...told(found, read),
      };
    case "facts":
      return { kind: "facts", ...told(found, read) };
    case "failed":
    case "unsupported":
    case "pending":
    case "malformed":
      return { ...whyNot(read, found.place), tells: reader.tells ?? ["report"] };
  }
}

function whyNot(
  { kind, why }: Extract<ReadReport, { readonly why: string }>,
  place: string,
): { readonly kind: Unread; readonly why: string } {
  return { kind: kind === "malformed" ? "failed" : kind, why: `${place}: ${why}` };
}

function told({ image, place, digest, statement }: FoundReport, { inventory, vex, notes, subject }: AlsoTold): Told {
  // A scanner that was given an index's tag names the index, though it looked at one child: no fault, but worth saying.
  const within = statement === undefined ? {} : { statement };
  const elsewhere = subject === undefined || subject === image ? [] : [`names ${subject} as its image`];
  return {
    ...(inventory === undefined ? {} : { inventory: { ...inventory, digest, ...within } }),
    vex: (vex ?? []).map((said) => ({ ...said, place, ...within })),
    notes: [...(notes ?? []), ...elsewhere].map((note) => `${place}: ${note}`),
  };
}

/** The document of a report that somebody gives, out of the envelope around it. @throws AdapterError too-large, malformed */
export function openReport(bytes: Uint8Array, limits: JsonLimits): unknown {
  const parseWithin = (text: Uint8Array): unknown => readDocument(text, limits);
  return unwrap(parseWithin(bytes), parseWithin).document;
}

function parse(bytes: Uint8Array, place: string): { readonly value: Unwrapped } | { readonly fault: string } {
  const parseWithin = (text: Uint8Array): unknown => readDocument(text, { maxBytes: MAX_REPORT_BYTES, maxDepth: MAX_DEPTH, place });
  try {
    return { value: unwrap(parseWithin(bytes), parseWithin) };
  } catch (error) {
    if (error instanceof AdapterError) return { fault: error.message };
    throw error;
  }
}
