import type { Documents, Listed } from "./documents.ts";
import type { Key } from "./item.ts";
import { padded } from "./stamps.ts";

/**
 * Entries that got their numbers together, and images that were counted anew with them. The batches are the order of the journal: each stands at
 * the place that the one before it leaves, so two processes that number at once meet there, and one of them begins again.
 */
export interface Batch {
  readonly number: number;
  /** Of its first entry in the journal. */
  readonly sequence: number;
  readonly holders: readonly BatchHolder[];
  /** In order: which of the holders, and the index in its chain. */
  readonly entries: readonly (readonly [holder: number, index: number])[];
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

export async function lastBatch(documents: Documents): Promise<Batch | undefined> {
  for await (const { body } of documents.list<Batch>({ hash: HASH, descending: true, page: 1 })) return body;
  return undefined;
}

/** Newest first, from the one that holds the number before. */
export function batchesBefore(documents: Documents, sequence: number): AsyncGenerator<Listed<Batch>> {
  return documents.list<Batch>({ hash: HASH, to: `${padded(sequence - 1)}#~`, descending: true, page: 20 });
}

/** In order, from the one that holds the number after. */
export async function* batchesAfter(documents: Documents, sequence: number): AsyncGenerator<Batch> {
  const from = await holding(documents, sequence + 1);
  if (from === undefined) return;
  for await (const { body } of documents.list<Batch>({ hash: HASH, from: batchKey(from).sk })) yield body;
}

async function holding(documents: Documents, sequence: number): Promise<Batch | undefined> {
  for await (const { body } of batchesBefore(documents, sequence + 1)) if (body.entries.length > 0) return body;
  return undefined;
}

/** Where the entries of a chain lie once they have numbers. */
export function entryKey(chain: string, sequence: number): Key {
  return { pk: chainHash(chain), sk: padded(sequence) };
}

export function chainHash(chain: string): string {
  return `chain#${chain}`;
}
