import type { ChainLink } from "../../audit/chain.ts";
import type { JournalEntry } from "../../domain/audit-event.ts";
import type { BatchPlace } from "./chain-document.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";
import { padded } from "./stamps.ts";

/**
 * Entries that got their numbers together, and images that were counted anew with them. The batches are the journal: each stands at the place
 * that the one before it leaves, so two processes that number at once meet there, and one of them begins again.
 */
export interface Batch {
  readonly number: number;
  /** Of its first entry in the journal. */
  readonly sequence: number;
  readonly holders: readonly BatchHolder[];
  /** In order: which of the holders, and the entry. */
  readonly entries: readonly (readonly [holder: number, entry: Omit<ChainLink, "chain">])[];
  /** Of all images, this batch included. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface BatchHolder {
  readonly chain: string;
  /** Absent where it is counted as before. */
  readonly counted?: { readonly from: readonly string[]; readonly to: readonly string[] };
}

const HASH = "journal";

export function batchKey({ sequence, number }: Pick<Batch, "sequence" | "number">): Key {
  return { pk: HASH, sk: `${padded(sequence)}#${padded(number)}` };
}

export function entriesOf({ sequence, holders, entries }: Batch): readonly JournalEntry[] {
  return entries.map(([place, { index, previousHash, event, hash }], offset) => {
    const chain = holders[place]?.chain ?? "";
    return { sequence: sequence + offset, chain, index, previousHash, event, hash };
  });
}

export async function lastBatch(documents: Documents): Promise<Batch | undefined> {
  for await (const { body } of documents.list<Batch>({ hash: HASH, descending: true, page: 1 })) return body;
  return undefined;
}

/** Newest first, from the one that holds the number before. */
export async function* entriesBefore(documents: Documents, sequence: number): AsyncGenerator<JournalEntry> {
  for await (const batch of batchesBefore(documents, sequence))
    for (const entry of entriesOf(batch).toReversed()) if (entry.sequence < sequence) yield entry;
}

/** In order, from the one that holds the number after. */
export async function* entriesAfter(documents: Documents, sequence: number): AsyncGenerator<JournalEntry> {
  const from = await holding(documents, sequence + 1);
  if (from === undefined) return;
  for await (const { body } of documents.list<Batch>({ hash: HASH, from: batchKey(from).sk, page: 20 }))
    for (const entry of entriesOf(body)) if (entry.sequence > sequence) yield entry;
}

async function* batchesBefore(documents: Documents, sequence: number): AsyncGenerator<Batch> {
  for await (const { body } of documents.list<Batch>({ hash: HASH, to: `${padded(sequence - 1)}#~`, descending: true, page: 5 }))
    yield body;
}

async function holding(documents: Documents, sequence: number): Promise<Batch | undefined> {
  for await (const batch of batchesBefore(documents, sequence + 1)) if (batch.entries.length > 0) return batch;
  return undefined;
}

/** @throws Error where one is gone */
export async function batchesAt(documents: Documents, places: readonly BatchPlace[]): Promise<readonly Batch[]> {
  const found = await documents.readAll<Batch>(places.map(([sequence, number]) => batchKey({ sequence, number })));
  return found.map((batch) => {
    if (batch === undefined) throw new Error("a part of the journal is gone from the table");
    return batch;
  });
}
