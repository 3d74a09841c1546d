import { ParseError } from "../domain/parse-error.ts";
import type { SeenUsage, SeenWorkload, UsageReader } from "../ports/usage-reader.ts";
import { readPruned } from "../runtime/json-pruned.ts";
import { collect } from "./collect.ts";

/** A list of 10,000 pods has some hundred megabytes, of which a few are looked at. */
const LIMITS = { maxBytes: 2 * 1024 * 1024 * 1024, maxDepth: 64, maxValues: 20_000_000 };

export interface UsageDocument {
  /** Where it comes from, for messages. */
  readonly place: string;
  readonly document: unknown;
}

/** Reads one document, with the members alone that some reader looks at. @throws AdapterError too-large, malformed */
export async function readUsageText(
  chunks: AsyncIterable<Uint8Array>,
  readers: readonly UsageReader[],
  place: string,
): Promise<UsageDocument> {
  const keeps = new Set(readers.flatMap((reader) => reader.keeps));
  return { place, document: await readPruned(chunks, { ...LIMITS, keeps, place }) };
}

/**
 * Everything that runs in a place, from all its documents.
 * @param from id of the reader; by content where it is absent
 * @throws ParseError where one of them cannot be read: the rest would be taken for the whole
 */
export function readUsage(documents: readonly UsageDocument[], readers: readonly UsageReader[], from?: string): SeenUsage {
  const byReader = Map.groupBy(documents, ({ document, place }) => readerOf(document, place, readers, from));
  const seen: SeenWorkload[] = [];
  const notes: string[] = [];
  const parts: string[] = [];
  for (const [reader, some] of byReader) {
    const read = reader.read(some.map(({ document }) => document));
    if (read.kind === "malformed") throw new ParseError(some.map(({ place }) => place).join(", "), read.why, read.mend);
    for (const each of read.seen) seen.push(each);
    notes.push(...read.notes);
    if (read.partOnly !== undefined) parts.push(read.partOnly);
  }
  return {
    ...collect(seen),
    from: [...byReader.keys()].map(({ id }) => id),
    notes,
    ...(parts.length === 0 ? {} : { partOnly: parts.join(", ") }),
  };
}

function readerOf(document: unknown, place: string, readers: readonly UsageReader[], from: string | undefined): UsageReader {
  const found = readers.find((reader) => (from === undefined ? reader.recognises(document) : reader.id === from));
  if (found !== undefined) return found;
  const ids = readers.map(({ id }) => id).join(", ");
  if (from !== undefined) throw new ParseError("--from", `${JSON.stringify(from)} is no source`, `write one of ${ids}`);
  throw new ParseError(
    place,
    "nothing here says what runs",
    `give the output of ${readers[0]?.command ?? ids}, or name the source with --from: ${ids}`,
  );
}
