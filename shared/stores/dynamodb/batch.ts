import type { ChainLink } from "../../audit/chain.ts";
import type { JournalEntry } from "../../domain/audit-event.ts";
import type { BatchPlace } from "./chain-document.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";
import type { Range } from "./requests.ts";
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

/** Where the one after it is put. */
export function nextPlace({ sequence, number, entries }: Batch): Pick<Batch, "sequence" | "number"> {
  return { sequence: sequence + entries.length, number: number + 1 };
}

/** All from that place on. */
export function batchesFrom(documents: Documents, place: Pick<Batch, "sequence" | "number">): AsyncGenerator<Batch> {
  return bodies(documents, { from: batchKey(place).sk, page: 20 });
}

/** Newest first: those that begin at a number or before. */
export function batchesBack(documents: Documents, sequence: number): AsyncGenerator<Batch> {
  return bodies(documents, { to: `${padded(sequence)}#~`, descending: true, page: 5 });
}

export async function newestBatch(documents: Documents): Promise<Batch | undefined> {
  for await (const batch of bodies(documents, { descending: true, page: 1 })) return batch;
  return undefined;
}

async function* bodies(documents: Documents, range: Omit<Range, "index" | "hash">): AsyncGenerator<Batch> {
  for await (const { body } of documents.list<Batch>({ hash: HASH, ...range })) yield body;
}

/** @throws Error where one is gone */
export async function batchesAt(documents: Documents, places: readonly BatchPlace[]): Promise<readonly Batch[]> {
  const found = await documents.readAll<Batch>(places.map(([sequence, number]) => batchKey({ sequence, number })));
  return found.map((batch) => {
    if (batch === undefined) throw new Error("a part of the journal is gone from the table");
    return batch;
  });
}
