import type { JournalEntry } from "../../domain/audit-event.ts";
import { printImageKey } from "../../domain/image-ref.ts";
import { settleAction } from "./actions.ts";
import { type Batch, batchKey, entryKey, lastBatch } from "./batch.ts";
import { GATE, holderKey, holderMarks } from "./chain.ts";
import type { Holder, Waiting } from "./chain-document.ts";
import { TODO_INDEX } from "./definition.ts";
import type { Documents } from "./documents.ts";
import { type ActionDocument, type ImageDocument, talliesOf } from "./image-document.ts";
import { type Key, keyOf, numberOfText, textOf } from "./item.ts";
import type { Requests } from "./requests.ts";
import type { Settle } from "./turns.ts";

export interface Tally {
  /** Number of the last batch that is settled whole. */
  readonly through: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Told of the entries of each batch before it is settled; may be told twice. */
export type CountNews = (batch: number, entries: readonly JournalEntry[]) => Promise<void>;

interface Deps {
  readonly requests: Requests;
  readonly documents: Documents;
  readonly countNews: CountNews;
}

type AnyHolder = Holder & Partial<ImageDocument> & { readonly countedIn?: number };

const MOST_HOLDERS = 40;
const MOST_ENTRIES = 200;
/** Who reads a journal that others write all the time is given what is numbered by then, and comes again. */
const MOST_BATCHES = 100;
export const TALLY_KEY: Key = { pk: "tally", sk: "images" };
export const NO_TALLY: Tally = { through: 0, counts: {} };

/**
 * A step keeps its entries in the item of its image, so that it is one write and touches nothing that other images' steps touch. Here they get their
 * numbers: a batch is put at the next place, if nobody took it; then its entries are put where they are read, and taken out of the items. A crash in
 * between leaves a batch that says all that is to be done: whoever comes next does it, and each part of it may be done twice.
 */
export function openSettle(deps: Deps): Settle {
  let settled = 0;
  return async () => {
    for (let batches = 0; batches < MOST_BATCHES; batches++) {
      const last = await lastBatch(deps.documents);
      if (last !== undefined && last.number > settled) {
        const tally = await deps.documents.read<Tally>(TALLY_KEY);
        if (last.number > (tally?.through ?? 0)) await finish(deps, last);
        settled = last.number;
      }
      const batch = await nextBatch(deps, last);
      if (batch === undefined) return;
      await take(deps, batch);
    }
  };
}

/** Whoever comes second finds the place taken, and goes on after it. */
async function take({ documents }: Deps, batch: Batch): Promise<void> {
  await documents.change("batch", async (change) => {
    const key = batchKey(batch);
    if ((await change.get(key)) === undefined) change.put(key, batch);
  });
}

async function nextBatch({ requests, documents }: Deps, last: Batch | undefined): Promise<Batch | undefined> {
  const waiting: { readonly key: Key; readonly since: number }[] = [];
  for await (const item of requests.query({
    index: { name: TODO_INDEX, hash: "td", sort: "ts" },
    hash: "untold",
    page: MOST_HOLDERS + 1,
  })) {
    waiting.push({ key: keyOf(item), since: numberOfText(textOf(item, "ts")) });
    if (waiting.length > MOST_HOLDERS) break;
  }
  // Who waits beyond the page began later: what came after that is for another batch.
  const horizon = waiting[MOST_HOLDERS]?.since ?? Number.MAX_SAFE_INTEGER;
  const read = await documents.readAll<AnyHolder>(waiting.slice(0, MOST_HOLDERS).map(({ key }) => key));
  const holders = read.flatMap((holder) => (holder === undefined ? [] : [{ holder, chain: chainName(holder) }]));
  const entries = holders
    .flatMap(({ holder }, place) => (holder.chain?.tail ?? []).map((each) => ({ ...each, place })))
    .filter(({ at }) => at <= horizon)
    .toSorted((one, other) => one.at - other.at)
    .slice(0, MOST_ENTRIES);
  const counted = holders.map(({ holder, chain }) => ({ chain, ...countOf(holder) }));
  const isSettled = holders.every(({ holder }, place) => counted[place]?.counted === undefined && (holder.acts ?? []).length === 0);
  if (entries.length === 0 && isSettled) return undefined;
  const start =
    last === undefined ? { number: 1, sequence: 1 } : { number: last.number + 1, sequence: last.sequence + last.entries.length };
  return { ...start, holders: counted, entries: entries.map(({ place, entry }) => [place, entry.index] as const) };
}

function chainName({ key }: AnyHolder): string {
  return key === undefined ? GATE : printImageKey(key);
}

function countOf(holder: AnyHolder): Pick<Batch["holders"][number], "counted"> {
  if (holder.key === undefined) return {};
  const [from, to] = [holder.counted ?? [], talliesOf({ ...holder, key: holder.key })];
  return from.join() === to.join() ? {} : { counted: { from, to } };
}

async function finish(deps: Deps, batch: Batch): Promise<void> {
  const { documents } = deps;
  const holders = await documents.readAll<AnyHolder>(batch.holders.map(({ chain }) => holderKey(chain)));
  const entries = await numbered(documents, batch, holders);
  await documents.putFacts(entries.map((entry) => ({ key: entryKey(entry.chain, entry.sequence), body: entry })));
  await deps.countNews(batch.number, entries);
  await Promise.all(
    holders.map(async (holder, place) => {
      const acts = holder?.acts ?? [];
      for (const act of acts) await settleAction(documents, act);
      await release(documents, batch, place, acts);
    }),
  );
  await documents.change("tally", async (change) => {
    const tally = (await change.get<Tally>(TALLY_KEY)) ?? NO_TALLY;
    if (tally.through < batch.number) change.put(TALLY_KEY, { through: batch.number, counts: recount(tally.counts, batch) });
  });
}

/** From the items where they wait; those that were taken out of there are where they are read. */
async function numbered(documents: Documents, batch: Batch, holders: readonly (AnyHolder | undefined)[]): Promise<readonly JournalEntry[]> {
  return Promise.all(
    batch.entries.map(async ([place, index], offset): Promise<JournalEntry> => {
      const sequence = batch.sequence + offset;
      const waiting: Waiting | undefined = holders[place]?.chain?.tail.find(({ entry }) => entry.index === index);
      if (waiting !== undefined) return { sequence, ...waiting.entry };
      const entry = await documents.read<JournalEntry>(entryKey(batch.holders[place]?.chain ?? "", sequence));
      if (entry === undefined) throw new Error(`entry ${sequence} of the journal is gone from the table`);
      return entry;
    }),
  );
}

/** Takes out of an item what is where it is read, and says how it is counted. Somebody late, after other batches, changes nothing. */
async function release(documents: Documents, batch: Batch, place: number, settled: readonly ActionDocument[]): Promise<void> {
  const name = batch.holders[place]?.chain ?? "";
  const key = holderKey(name);
  await documents.change(name, async (change) => {
    const holder = await change.get<AnyHolder>(key);
    if (holder === undefined) return;
    const parts = { ...untailed(holder, batch, place), ...unacted(holder, settled), ...recounted(holder, batch, place) };
    if (Object.keys(parts).length > 0) change.put(key, { ...holder, ...parts }, holderMarks(name, { ...holder, ...parts }));
  });
}

function untailed({ chain }: AnyHolder, { entries }: Batch, place: number): Partial<AnyHolder> {
  const through = Math.max(0, ...entries.filter(([holder]) => holder === place).map(([, index]) => index));
  const tail = chain?.tail.filter(({ entry }) => entry.index > through);
  return chain === undefined || tail === undefined || tail.length === chain.tail.length ? {} : { chain: { ...chain, tail } };
}

function unacted({ acts = [] }: AnyHolder, settled: readonly ActionDocument[]): Partial<AnyHolder> {
  const left = acts.filter((act) => !settled.some((each) => isSameAct(each, act)));
  return left.length === acts.length ? {} : { acts: left };
}

function recounted({ countedIn = 0 }: AnyHolder, { holders, number }: Batch, place: number): Partial<AnyHolder> {
  const counted = holders[place]?.counted;
  return counted === undefined || countedIn >= number ? {} : { counted: counted.to, countedIn: number };
}

/** An action that got its outcome meanwhile waits still. */
function isSameAct(one: ActionDocument, other: ActionDocument): boolean {
  return one.action.id === other.action.id && (one.outcome === undefined) === (other.outcome === undefined);
}

function recount(counts: Tally["counts"], { holders }: Batch): Tally["counts"] {
  const next = new Map(Object.entries(counts));
  const add = (names: readonly string[], by: number): void => {
    for (const name of names) next.set(name, (next.get(name) ?? 0) + by);
  };
  for (const { counted } of holders) {
    add(counted?.from ?? [], -1);
    add(counted?.to ?? [], 1);
  }
  return Object.fromEntries(next);
}
