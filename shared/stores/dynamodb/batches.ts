import type { JournalEntry } from "../../domain/audit-event.ts";
import { type Batch, batchesBack, batchesFrom, batchKey, entriesOf, newestBatch, nextPlace } from "./batch.ts";
import type { Documents } from "./documents.ts";

/** The batches, which are the journal. None is ever changed: those that were put or read last are not read again. */
export interface Batches {
  last(): Promise<Batch | undefined>;
  /** @returns whether the place was free */
  put(batch: Batch): Promise<boolean>;
  /** Newest first, from the one that holds the number before. */
  entriesBefore(sequence: number): AsyncGenerator<JournalEntry>;
  /** In order, from the one that holds the number after. */
  entriesAfter(sequence: number): AsyncGenerator<JournalEntry>;
}

/** A batch of 200 entries is some hundred KB in memory. */
const MOST_KEPT = 10;

export function openBatches(documents: Documents): Batches {
  /** The end of the journal as far as it was seen: one after the other, without a gap. */
  let end: readonly Batch[] = [];

  function remember(batch: Batch): void {
    const last = end.at(-1);
    if (last !== undefined && batchKey(nextPlace(last)).sk === batchKey(batch).sk) end = [...end, batch].slice(-MOST_KEPT);
    else if (last === undefined || batch.number > last.number) end = [batch];
  }

  async function newest(): Promise<Batch | undefined> {
    const batch = await newestBatch(documents);
    if (batch !== undefined) remember(batch);
    return batch;
  }

  async function* from(place: Pick<Batch, "sequence" | "number">): AsyncGenerator<Batch> {
    for await (const batch of batchesFrom(documents, place)) {
      remember(batch);
      yield batch;
    }
  }

  async function* holding(sequence: number): AsyncGenerator<Batch> {
    const known = end;
    const [first, last] = [known[0], known.at(-1)];
    if (first !== undefined && last !== undefined && first.sequence <= sequence && sequence <= nextPlace(last).sequence) {
      yield* known.filter((batch) => nextPlace(batch).sequence > sequence);
      yield* from(nextPlace(last));
      return;
    }
    for await (const batch of batchesBack(documents, sequence)) if (batch.entries.length > 0) return yield* from(batch);
  }

  return {
    async last() {
      const known = end.at(-1);
      const isLast = known !== undefined && (await documents.read(batchKey(nextPlace(known)))) === undefined;
      return isLast ? known : newest();
    },
    async put(batch) {
      const isFree = await putAt(documents, batch);
      if (isFree) remember(batch);
      return isFree;
    },
    async *entriesBefore(sequence) {
      for await (const batch of batchesBack(documents, sequence - 1))
        for (const entry of entriesOf(batch).toReversed()) if (entry.sequence < sequence) yield entry;
    },
    async *entriesAfter(sequence) {
      for await (const batch of holding(sequence + 1)) for (const entry of entriesOf(batch)) if (entry.sequence > sequence) yield entry;
    },
  };
}

/** Mostly the place is free: who finds that it is not, looks. */
async function putAt(documents: Documents, batch: Batch): Promise<boolean> {
  const key = batchKey(batch);
  let tries = 0;
  return documents.change("batch", async (change) => {
    tries += 1;
    if (tries > 1 && (await change.get(key)) !== undefined) return false;
    change.put(key, batch);
    return true;
  });
}
