import type { JournalEntry } from "../../domain/audit-event.ts";
import { printImageKey } from "../../domain/image-ref.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { settleAction } from "./actions.ts";
import { type Batch, entriesOf, nextPlace } from "./batch.ts";
import type { Batches } from "./batches.ts";
import { GATE, holderKey, holderMarks } from "./chain.ts";
import type { Holder } from "./chain-document.ts";
import { withPlace } from "./chain-places.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import { type ImageDocument, talliesOf } from "./image-document.ts";
import type { Key } from "./item.ts";
import { nameOf } from "./requests.ts";
import type { WaitingItem, WaitingItems } from "./waiting.ts";

/** Told of the entries of each batch before it is settled; may be told twice. */
export type CountNews = (batch: number, entries: readonly JournalEntry[]) => Promise<void>;

interface Deps {
  readonly documents: Documents;
  readonly batches: Batches;
  readonly countNews: CountNews;
  readonly waiting: WaitingItems;
}

type AnyHolder = Holder & Partial<ImageDocument>;
type Counts = Batch["counts"];

const MOST_HOLDERS = 100;
const MOST_ENTRIES = 200;
/** Who reads a journal that others write all the time is given what is numbered by then, and comes again. */
const MOST_BATCHES = 100;

/**
 * A step keeps its entries in the item of its image, so that it is one write and touches nothing that other images' steps touch. Here they get their
 * numbers: a batch with the entries is put at the next place, if nobody took it; then they are taken out of the items. A crash in between leaves a
 * batch that says all that is to be done: whoever comes next does it, and each part of it may be done twice.
 */
export interface Numbered {
  /** `more`: others write all the time, and something waits still. */
  readonly state: "settled" | "more";
  /**
   * All items that did not hold what this store writes when they were looked at last: their entries wait until somebody mends them. One that is asked about
   * may have been looked at before, by what an earlier call of a function left to end by itself.
   */
  readonly broken: readonly Key[];
}

export function openSettle(deps: Deps): () => Promise<Numbered> {
  const { documents, batches, waiting } = deps;
  const broken = new Map<string, Key>();
  let settled = 0;
  const finished = async (batch: Batch): Promise<void> => {
    if (batch.number > settled) await finish(deps, batch);
    settled = Math.max(settled, batch.number);
  };

  async function settleSome(items: readonly WaitingItem[], horizon: number): Promise<void> {
    const last = await batches.last();
    // Nothing is put after a batch that is not done: what it numbered would be numbered again.
    if (last !== undefined) await finished(last);
    const { holders, broken: unread } = await holdersAt(documents, items);
    for (const { key } of items) broken.delete(nameOf(key));
    for (const key of unread) broken.set(nameOf(key), key);
    const { batch, left } = draftBatch(last, holders, horizon);
    if (batch !== undefined && !(await batches.put(batch))) {
      waiting.add(items);
      return;
    }
    if (batch !== undefined) await finished(batch);
    waiting.add(left);
  }

  async function settleAll(): Promise<Numbered["state"]> {
    for (let batches = 0; batches < MOST_BATCHES; batches++) {
      const { items, next } = waiting.take(MOST_HOLDERS);
      if (items.length === 0) return "settled";
      try {
        // Who waits beyond those began later: what came after that is for another batch.
        await settleSome(items, next ?? Number.MAX_SAFE_INTEGER);
      } catch (error) {
        waiting.add(items);
        throw error;
      }
    }
    return "more";
  }

  return async () => ({ state: await settleAll(), broken: [...broken.values()] });
}

interface NamedHolder {
  readonly holder: AnyHolder;
  readonly chain: string;
}

/** One that cannot be read stops no other. */
async function holdersAt(
  documents: Documents,
  items: readonly WaitingItem[],
): Promise<{ readonly holders: readonly NamedHolder[]; readonly broken: readonly Key[] }> {
  const broken: Key[] = [];
  const readOne = async ({ key }: WaitingItem): Promise<AnyHolder | undefined> => {
    try {
      return await documents.readToChange<AnyHolder>(key);
    } catch (error) {
      if (error instanceof AdapterError) throw error;
      broken.push(key);
      return undefined;
    }
  };
  const read = await documents.readAllToChange<AnyHolder>(items.map(({ key }) => key)).catch((error: unknown) => {
    if (error instanceof AdapterError) throw error;
    return Promise.all(items.map(readOne));
  });
  return { holders: read.flatMap((holder) => (holder === undefined ? [] : [{ holder, chain: chainName(holder) }])), broken };
}

interface Draft {
  /** Absent where nothing waits. */
  readonly batch?: Batch;
  /** What waits on. */
  readonly left: readonly WaitingItem[];
}

function draftBatch(last: Batch | undefined, holders: readonly NamedHolder[], horizon: number): Draft {
  const waiting = holders
    .flatMap(({ holder, chain }, place) => (holder.chain?.tail ?? []).map((each) => ({ ...each, place, chain })))
    .toSorted((one, other) => one.at - other.at);
  const entries = waiting.slice(0, MOST_ENTRIES).filter(({ at }) => at <= horizon);
  const left = waiting.slice(entries.length).map(({ chain, at }) => ({ key: holderKey(chain), since: at }));
  const counted = holders.map(({ holder, chain }) => ({ chain, ...countOf(holder) }));
  const isSettled = holders.every(({ holder }, place) => counted[place]?.counted === undefined && (holder.acts ?? []).length === 0);
  if (entries.length === 0 && isSettled) return { left };
  const batch: Batch = {
    ...(last === undefined ? { number: 1, sequence: 1 } : nextPlace(last)),
    holders: counted,
    entries: entries.map(({ place, entry: { index, previousHash, event, hash } }) => [place, { index, previousHash, event, hash }]),
    counts: recount(last?.counts ?? {}, counted),
  };
  return { batch, left };
}

function chainName({ key }: AnyHolder): string {
  return key === undefined ? GATE : printImageKey(key);
}

function countOf(holder: AnyHolder): Pick<Batch["holders"][number], "counted"> {
  if (holder.key === undefined) return {};
  const [from, to] = [holder.counted ?? [], talliesOf({ ...holder, key: holder.key })];
  return from.join() === to.join() ? {} : { counted: { from, to } };
}

async function finish({ documents, countNews }: Deps, batch: Batch): Promise<void> {
  await countNews(batch.number, entriesOf(batch));
  await Promise.all(batch.holders.map(({ chain }, place) => release(documents, batch, chain, place)));
}

/** Takes out of an item what is where it is read, and says how it is counted. Somebody late, after other batches, changes nothing. */
async function release(documents: Documents, batch: Batch, name: string, place: number): Promise<void> {
  const key = holderKey(name);
  await documents.change(name, async (change: Change) => {
    const holder = await change.get<AnyHolder>(key);
    if (holder === undefined) return;
    for (const act of holder.acts ?? []) await settleAction(documents, act);
    const acts = (holder.acts ?? []).length === 0 ? {} : { acts: [] };
    const parts = { ...(await untailed(documents, holder, batch, place)), ...acts, ...recounted(holder, batch, place) };
    if (Object.keys(parts).length > 0) change.put(key, { ...holder, ...parts }, holderMarks(name, { ...holder, ...parts }));
  });
}

async function untailed(documents: Documents, { chain }: AnyHolder, batch: Batch, place: number): Promise<Partial<AnyHolder>> {
  const through = Math.max(0, ...batch.entries.filter(([holder]) => holder === place).map(([, { index }]) => index));
  const tail = chain?.tail.filter(({ entry }) => entry.index > through);
  if (chain === undefined || tail === undefined || tail.length === chain.tail.length) return {};
  const places = await withPlace(documents, batch.holders[place]?.chain ?? "", chain, [batch.sequence, batch.number]);
  return { chain: { ...chain, tail, places } };
}

function recounted({ countedIn = 0 }: AnyHolder, { holders, number }: Batch, place: number): Partial<AnyHolder> {
  const counted = holders[place]?.counted;
  return counted === undefined || countedIn >= number ? {} : { counted: counted.to, countedIn: number };
}

function recount(counts: Counts, holders: Batch["holders"]): Counts {
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
