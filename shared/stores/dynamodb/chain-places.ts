import type { JournalEntry } from "../../domain/audit-event.ts";
import { batchesAt, entriesOf } from "./batch.ts";
import type { BatchPlace, Chain } from "./chain-document.ts";
import type { Documents } from "./documents.ts";
import { padded } from "./stamps.ts";

/** In the item of the chain; the older ones lie apart, so many together. */
const MOST_PLACES = 50;
const AT_ONCE = 10;

interface Segment {
  readonly places: readonly BatchPlace[];
}

function chainHash(chain: string): string {
  return `chain#${chain}`;
}

/** The chain's places with one more. What the item has no room for is put apart before: twice is the same. */
export async function withPlace(
  documents: Documents,
  name: string,
  { places = [] }: Chain,
  place: BatchPlace,
): Promise<readonly BatchPlace[]> {
  const all = [...places, place];
  if (all.length <= MOST_PLACES) return all;
  const [first] = all;
  const segment: Segment = { places: all.slice(0, MOST_PLACES) };
  await documents.putFact({ pk: chainHash(name), sk: padded(first?.[0] ?? 0) }, segment);
  return all.slice(MOST_PLACES);
}

export interface ChainRange {
  readonly after?: number;
  readonly before?: number;
}

/** Entries of one chain that have numbers: in order, or newest first where they are asked for from before a number. */
export async function* entriesOfChain(
  documents: Documents,
  name: string,
  chain: Chain | undefined,
  { after = 0, before }: ChainRange,
): AsyncGenerator<JournalEntry> {
  const places = await placesOf(documents, name, chain);
  const beyond = places.findLastIndex(([sequence]) => sequence <= after);
  const wanted = before === undefined ? places.slice(Math.max(0, beyond)) : places.filter(([sequence]) => sequence < before).toReversed();
  for (let at = 0; at < wanted.length; at += AT_ONCE)
    for (const batch of await batchesAt(documents, wanted.slice(at, at + AT_ONCE))) {
      const own = entriesOf(batch).filter(
        (entry) => entry.chain === name && entry.sequence > after && entry.sequence < (before ?? Infinity),
      );
      yield* before === undefined ? own : own.toReversed();
    }
}

async function placesOf(documents: Documents, name: string, chain: Chain | undefined): Promise<readonly BatchPlace[]> {
  const places: BatchPlace[] = [];
  for await (const { body } of documents.list<Segment>({ hash: chainHash(name) })) places.push(...body.places);
  // A segment that was put apart by somebody who then did not come to say so is still in the item, too.
  const last = places.at(-1)?.[1] ?? 0;
  return [...places, ...(chain?.places ?? []).filter(([, number]) => number > last)];
}
