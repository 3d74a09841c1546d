import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { AdapterError } from "../../ports/adapter-error.ts";
import { isOvertaken, isRefused } from "./fault.ts";
import { type Body, type Item, itemOf, type Key, type Marks, type Stored, storedOf } from "./item.ts";
import { pack } from "./packed.ts";
import type { Pieces } from "./pieces.ts";
import type { Recall } from "./recall.ts";
import { type Guarded, nameOf, type Requests } from "./requests.ts";

/** One change of the table: what it reads stands still until it is written, or all of it begins anew. */
export interface Change {
  get<T>(key: Key): Promise<T | undefined>;
  /** A document that was not read before must not be there. */
  put(key: Key, body: object, marks?: Marks): void;
  remove(key: Key): void;
}

/** An item of 400 KB is the most that the table takes; names, marks and the pieces' own keys are in it. */
const MOST_BYTES = 350 * 1024;
const MOST_TRIES = 40;
const WRITER_BYTES = 6;

interface Read {
  readonly stored: Stored | undefined;
}

interface Staged {
  readonly key: Key;
  readonly body?: object;
  readonly marks: Marks;
}

interface Deps {
  readonly requests: Requests;
  readonly pieces: Pieces;
  readonly recent: Pick<Recall, "take">;
  readonly bodyOf: <T>(item: Item) => Promise<T>;
}

/** Not sure: it wrote nothing, and rests on what was read before it began. */
type Attempted<R> = { readonly isSure: true; readonly result: R } | { readonly isSure: false };

/** Runs a change until nobody was in its way; what was read shortly before is asked for only where that does not do. */
export function openChanges(deps: Deps): <R>(work: (change: Change) => Promise<R>) => Promise<R> {
  return async <R>(work: (change: Change) => Promise<R>): Promise<R> => {
    for (let mayRecall = true; ; mayRecall = false) {
      const attempted = await untilUndisturbed(() => attempt(deps, work, mayRecall));
      if (attempted.isSure) return attempted.result;
    }
  };
}

async function attempt<R>(
  { requests, pieces, recent, bodyOf }: Deps,
  work: (change: Change) => Promise<R>,
  mayRecall: boolean,
): Promise<Attempted<R>> {
  const reads = new Map<string, Read>();
  const staged = new Map<string, Staged>();
  let isRecalled = false;
  const change: Change = {
    async get<T>(key: Key) {
      const known = recent.take(key);
      const isKnown = mayRecall && known !== undefined;
      isRecalled ||= isKnown;
      const item = isKnown ? known.item : await requests.get(key);
      reads.set(nameOf(key), { stored: item === undefined ? undefined : storedOf(item) });
      return item === undefined ? undefined : bodyOf<T>(item);
    },
    put: (key, body, marks = {}) => void staged.set(nameOf(key), { key, body, marks }),
    remove: (key) => void staged.set(nameOf(key), { key, marks: {} }),
  };
  try {
    const result = await work(change);
    // A write says by its guard whether it rests on what is there; where nothing is written, nothing says so.
    if (isRecalled && staged.size === 0) return { isSure: false };
    await write(requests, pieces, reads, [...staged.values()]);
    return { result, isSure: true };
  } catch (error) {
    if (isRecalled && !(error instanceof AdapterError)) return { isSure: false };
    throw error;
  }
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
    needed.map(async ({ key, body }) => (body === undefined ? undefined : keepBody(pieces, pack(body, nameOf(key))))),
  );
  try {
    await requests.write(needed.map((each, place) => guarded(each, before(each.key), writer, bodies[place])));
  } catch (error) {
    // What was certainly not written is named by nobody.
    if (isRefused(error)) for (const body of bodies) await pieces.forget(body);
    throw error;
  }
  for (const { key } of needed) await pieces.forget(before(key)?.body);
}

function guarded({ key, marks }: Staged, old: Stored | undefined, writer: string, body: Body | undefined): Guarded {
  const guard = old === undefined ? {} : { read: old };
  return body === undefined ? { key, ...guard } : { key, ...guard, item: itemOf(key, { rev: (old?.rev ?? 0) + 1, writer, body }, marks) };
}

export async function keepBody(pieces: Pieces, bytes: Uint8Array): Promise<Body> {
  return bytes.length <= MOST_BYTES ? { kind: "here", bytes } : pieces.keep(bytes);
}
