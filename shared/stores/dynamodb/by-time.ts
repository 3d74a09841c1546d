import { CHANGE_INDEX } from "./definition.ts";
import { type Item, numberOf } from "./item.ts";
import type { Requests } from "./requests.ts";

interface Timed {
  readonly at: number;
}

export interface TimeLists<T extends Timed> {
  readonly lists: readonly string[];
  /** What is in a list stands there by a time that is less than this before its own, or is the same. */
  readonly within: number;
  /** Those before. */
  readonly before?: number;
  readonly page: number;
  readonly read: (item: Item) => T;
}

interface Head {
  readonly list: AsyncGenerator<Item>;
  /** What has not been read of it is listed here or before. */
  frontier: number;
}

const INDEX = { name: CHANGE_INDEX, hash: "gc", sort: "gn" };
const END = Number.NEGATIVE_INFINITY;

/** Several lists of an index as one, newest first. What is newest is known once nothing that has not been read can be newer. */
export async function* newestOf<T extends Timed>(
  requests: Requests,
  { lists, within, before, page, read }: TimeLists<T>,
): AsyncGenerator<T> {
  const to = before === undefined ? {} : { to: before - 1 };
  const heads = lists.map(
    (hash): Head => ({
      list: requests.query({ index: INDEX, hash, descending: true, page, ...to }),
      frontier: Number.MAX_SAFE_INTEGER,
    }),
  );
  /** Oldest first. */
  const found: T[] = [];
  const advance = async (head: Head): Promise<void> => {
    const next = await head.list.next();
    head.frontier = next.done === true ? END : numberOf(next.value, "gn");
    if (next.done !== true) insert(found, read(next.value));
  };
  await Promise.all(heads.map(advance));
  for (;;) {
    const furthest = heads.reduce((one, other) => (other.frontier > one.frontier ? other : one));
    const newest = found.at(-1);
    if (newest !== undefined && newest.at >= furthest.frontier + within) yield found.pop() ?? newest;
    else if (furthest.frontier === END) return;
    else await advance(furthest);
  }
}

/**
 * A page of a list that is newest first. The next one is asked for by the time of its last: so none ends between two of the same time, which several
 * processes give within one millisecond.
 */
export async function pageOf<T extends Timed>(
  list: AsyncIterable<T>,
  limit: number,
): Promise<{ readonly shown: readonly T[]; readonly next?: string }> {
  const found: T[] = [];
  for await (const each of list) {
    found.push(each);
    const shown = found.length > limit ? found.filter(({ at }) => at > each.at) : [];
    if (shown.length > 0) return { shown, next: String(shown.at(-1)?.at) };
  }
  return { shown: found };
}

function insert<T extends Timed>(found: T[], next: T): void {
  let [low, high] = [0, found.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((found[middle]?.at ?? 0) < next.at) low = middle + 1;
    else high = middle;
  }
  found.splice(low, 0, next);
}
