import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { AdapterError } from "../../ports/adapter-error.ts";
import { isOvertaken } from "./fault.ts";
import { type Body, type Item, itemOf, type Key, keyOf, type Marks, type Stored, storedOf } from "./item.ts";
import { pack, unpack } from "./packed.ts";
import { openPieces, type Pieces } from "./pieces.ts";
import { type Guarded, nameOf, type Range, type Requests } from "./requests.ts";
import { openTurns } from "./turns.ts";

/** One change of the table: what it reads stands still until it is written, or all of it begins anew. */
export interface Change {
  get<T>(key: Key): Promise<T | undefined>;
  /** A document that was not read before must not be there. */
  put(key: Key, body: object, marks?: Marks): void;
  remove(key: Key): void;
}

export interface Listed<T> {
  readonly key: Key;
  readonly body: T;
}

/** Documents with a guard on each: the one way in which the store reads and writes. */
export interface Documents {
  read<T>(key: Key): Promise<T | undefined>;
  /** In the order of the keys. */
  readAll<T>(keys: readonly Key[]): Promise<readonly (T | undefined)[]>;
  list<T>(range: Omit<Range, "index">): AsyncGenerator<Listed<T>>;
  /**
   * Runs `work` until nobody was in its way: what it puts is written at once or not at all. It may run several times. `alone`: changes of
   * this process that name the same wait for each other, instead of getting in each other's way.
   */
  change<R>(alone: string, work: (change: Change) => Promise<R>): Promise<R>;
  /** For what is the same whoever writes it: no guard, half the price of a transaction. */
  putFact(key: Key, body: object, marks?: Marks): Promise<void>;
  putFacts(facts: readonly { readonly key: Key; readonly body: object; readonly marks?: Marks }[]): Promise<void>;
}

/** An item of 400 KB is the most that the table takes; names, marks and the pieces' own keys are in it. */
const MOST_BYTES = 350 * 1024;
const MOST_TRIES = 40;
const WRITER_BYTES = 9;

interface Read {
  readonly stored: Stored | undefined;
}

interface Staged {
  readonly key: Key;
  readonly body?: object;
  readonly marks: Marks;
}

export function openDocuments(requests: Requests): Documents {
  const pieces = openPieces(requests);
  const inTurn = openTurns();
  const bodyOf = async <T>(item: Item): Promise<T> => {
    const bytes = await pieces.read(storedOf(item).body);
    if (bytes !== undefined) return unpack(bytes, nameOf(keyOf(item)));
    const now = await requests.get(keyOf(item));
    if (now !== undefined) return bodyOf(now);
    throw new AdapterError("conflict", "an item went while it was read", { retryable: true });
  };
  const factOf = async (key: Key, body: object, marks: Marks = {}) =>
    itemOf(key, { rev: 1, writer: "fact", body: await keep(pieces, pack(body, nameOf(key))) }, marks);

  async function attempt<R>(work: (change: Change) => Promise<R>): Promise<R> {
    const reads = new Map<string, Read>();
    const staged = new Map<string, Staged>();
    const result = await work({
      async get<T>(key: Key) {
        const item = await requests.get(key);
        reads.set(nameOf(key), { stored: item === undefined ? undefined : storedOf(item) });
        return item === undefined ? undefined : bodyOf<T>(item);
      },
      put: (key, body, marks = {}) => void staged.set(nameOf(key), { key, body, marks }),
      remove: (key) => void staged.set(nameOf(key), { key, marks: {} }),
    });
    await write(requests, pieces, reads, [...staged.values()]);
    return result;
  }

  return {
    async read<T>(key: Key) {
      const item = await requests.get(key);
      return item === undefined ? undefined : bodyOf<T>(item);
    },
    async readAll<T>(keys: readonly Key[]) {
      const items = await requests.getAll(keys);
      return Promise.all(items.map(async (item) => (item === undefined ? undefined : bodyOf<T>(item))));
    },
    async *list<T>(range: Omit<Range, "index">) {
      for await (const item of requests.query(range)) yield { key: keyOf(item), body: await bodyOf<T>(item) };
    },
    change: (alone, work) => inTurn(alone, () => untilUndisturbed(() => attempt(work))),
    putFact: async (key, body, marks) => requests.put(await factOf(key, body, marks)),
    putFacts: async (facts) => requests.putAll(await Promise.all(facts.map(({ key, body, marks }) => factOf(key, body, marks)))),
  };
}

async function untilUndisturbed<R>(attempt: () => Promise<R>): Promise<R> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      if (tries === MOST_TRIES)
        throw new AdapterError("conflict", "others write the same item all the time", { retryable: true, cause: error });
      await wait(Math.random() * Math.min(500, 10 * 2 ** Math.min(tries, 6)));
    }
  }
}

async function write(requests: Requests, pieces: Pieces, reads: ReadonlyMap<string, Read>, staged: readonly Staged[]): Promise<void> {
  const before = (key: Key): Stored | undefined => reads.get(nameOf(key))?.stored;
  const writer = randomBytes(WRITER_BYTES).toString("base64url");
  const needed = staged.filter(({ key, body }) => body !== undefined || before(key) !== undefined);
  const bodies = await Promise.all(
    needed.map(async ({ key, body }) => (body === undefined ? undefined : keep(pieces, pack(body, nameOf(key))))),
  );
  try {
    await requests.write(needed.map((each, place) => guarded(each, before(each.key), writer, bodies[place])));
  } catch (error) {
    // What was certainly not written is named by nobody.
    if (isOvertaken(error)) for (const body of bodies) await pieces.forget(body);
    throw error;
  }
  for (const { key } of needed) await pieces.forget(before(key)?.body);
}

function guarded({ key, marks }: Staged, old: Stored | undefined, writer: string, body: Body | undefined): Guarded {
  const guard = old === undefined ? {} : { rev: old.rev };
  return body === undefined ? { key, ...guard } : { key, ...guard, item: itemOf(key, { rev: (old?.rev ?? 0) + 1, writer, body }, marks) };
}

async function keep(pieces: Pieces, bytes: Uint8Array): Promise<Body> {
  return bytes.length <= MOST_BYTES ? { kind: "here", bytes } : pieces.keep(bytes);
}
