import { AdapterError } from "../../ports/adapter-error.ts";
import { type Change, keepBody, openChanges } from "./change.ts";
import { type Item, itemOf, type Key, keyOf, type Marks, storedOf } from "./item.ts";
import { pack, unpack } from "./packed.ts";
import { openPieces } from "./pieces.ts";
import { openRecall } from "./recall.ts";
import { nameOf, type Range, type Requests } from "./requests.ts";
import { openTurns } from "./turns.ts";

export interface Listed<T> {
  readonly key: Key;
  readonly body: T;
}

/** Documents with a guard on each: the one way in which the store reads and writes. */
export interface Documents {
  read<T>(key: Key): Promise<T | undefined>;
  /** The same, for what is about to be changed: the next change that gets it need not read it again. */
  readToChange<T>(key: Key): Promise<T | undefined>;
  readAllToChange<T>(keys: readonly Key[]): Promise<readonly (T | undefined)[]>;
  /** What was read to be changed, as it was then. */
  recalled<T>(key: Key): Promise<T | "forgotten" | undefined>;
  /** In the order of the keys. */
  readAll<T>(keys: readonly Key[]): Promise<readonly (T | undefined)[]>;
  list<T>(range: Omit<Range, "index">): AsyncGenerator<Listed<T>>;
  /**
   * Runs `work` until nobody was in its way: what it puts is written at once or not at all. It may run several times; where it puts nothing, the last time with
   * what is there now. `alone`: changes of this process that name the same wait for each other, instead of getting in each other's way.
   */
  change<R>(alone: string, work: (change: Change) => Promise<R>): Promise<R>;
  /** For what is the same whoever writes it: no guard, half the price of a transaction. */
  putFact(key: Key, body: object, marks?: Marks): Promise<void>;
  putFacts(facts: readonly { readonly key: Key; readonly body: object; readonly marks?: Marks }[]): Promise<void>;
}

export function openDocuments(requests: Requests): Documents {
  const pieces = openPieces(requests);
  const inTurn = openTurns();
  const bodyOf = async <T>(item: Item): Promise<T> => {
    const { body, writer } = storedOf(item);
    const bytes = await pieces.read(body);
    if (bytes !== undefined) return unpack(bytes, nameOf(keyOf(item)));
    const now = await requests.get(keyOf(item));
    if (now === undefined) throw new AdapterError("conflict", "an item went while it was read", { retryable: true });
    if (storedOf(now).writer === writer) throw new Error("a part of a document is gone from the table");
    return bodyOf(now);
  };
  const factOf = async (key: Key, body: object, marks: Marks = {}) =>
    itemOf(key, { rev: 1, writer: "fact", body: await keepBody(pieces, pack(body, nameOf(key))) }, marks);
  const recent = openRecall();
  const changeOf = openChanges({ requests, pieces, recent, bodyOf });

  return {
    async read<T>(key: Key) {
      const item = await requests.get(key);
      return item === undefined ? undefined : bodyOf<T>(item);
    },
    async readToChange<T>(key: Key) {
      const item = await requests.get(key);
      recent.keep(key, item);
      return item === undefined ? undefined : bodyOf<T>(item);
    },
    async readAllToChange<T>(keys: readonly Key[]) {
      const items = await requests.getAll(keys);
      for (const [place, key] of keys.entries()) recent.keep(key, items[place]);
      return Promise.all(items.map(async (item) => (item === undefined ? undefined : bodyOf<T>(item))));
    },
    async recalled<T>(key: Key) {
      const known = recent.look(key);
      if (known === undefined) return "forgotten";
      return known.item === undefined ? undefined : bodyOf<T>(known.item);
    },
    async readAll<T>(keys: readonly Key[]) {
      const items = await requests.getAll(keys);
      return Promise.all(items.map(async (item) => (item === undefined ? undefined : bodyOf<T>(item))));
    },
    async *list<T>(range: Omit<Range, "index">) {
      for await (const item of requests.query(range)) yield { key: keyOf(item), body: await bodyOf<T>(item) };
    },
    change: (alone, work) => inTurn(alone, () => changeOf(work)),
    putFact: async (key, body, marks) => requests.put(await factOf(key, body, marks)),
    putFacts: async (facts) => requests.putAll(await Promise.all(facts.map(({ key, body, marks }) => factOf(key, body, marks)))),
  };
}
