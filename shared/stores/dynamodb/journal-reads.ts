import type { JournalEntry, SignedHead } from "../../domain/audit-event.ts";
import { printImageKey } from "../../domain/image-ref.ts";
import type { Ledger } from "../../ports/ledger.ts";
import { type Batch, batchesAfter, batchesBefore, chainHash, entryKey } from "./batch.ts";
import { GATE, holderKey } from "./chain.ts";
import type { Holder } from "./chain-document.ts";
import type { Documents } from "./documents.ts";
import { type ImageDocument, imageItemKey } from "./image-document.ts";
import { imagesIn, inPages, placedImage } from "./image-places.ts";
import type { Key } from "./item.ts";
import type { Registries } from "./registries.ts";
import type { Requests } from "./requests.ts";
import { NO_TALLY, TALLY_KEY, type Tally } from "./settle.ts";
import { padded } from "./stamps.ts";
import type { Settle } from "./turns.ts";

export type JournalReads = Pick<Ledger, "journal" | "recent" | "head" | "heads" | "counts">;

interface Deps {
  readonly requests: Requests;
  readonly documents: Documents;
  readonly registries: Registries;
  readonly settle: Settle;
}

const MAX_LIMIT = 10_000;
const PAGE = 100;

export function openJournalReads(deps: Deps): JournalReads {
  const { documents, settle } = deps;
  return {
    async journal(after, limit, chain) {
      await settle();
      const most = clamp(limit);
      if (chain !== undefined) return taken(ofChain(documents, chain, { from: padded(after + 1) }), most);
      const keys = await taken(keysAfter(documents, after), most);
      return entriesAt(documents, keys);
    },
    async recent({ limit, before = Number.MAX_SAFE_INTEGER, chain }) {
      await settle();
      const most = clamp(limit);
      if (chain !== undefined) return taken(ofChain(documents, chain, { to: padded(before - 1), descending: true }), most);
      return entriesAt(documents, await taken(keysBefore(documents, before), most));
    },
    async head(chain) {
      const key = keyOfChain(chain);
      const holder = key === undefined ? undefined : await documents.read<Holder>(key);
      return headOf(chain, holder);
    },
    heads: () => heads(deps),
    async counts() {
      await settle();
      const { counts } = (await documents.read<Tally>(TALLY_KEY)) ?? NO_TALLY;
      const count = (name: string): number => counts[name] ?? 0;
      const verdicts = { compliant: count("compliant"), violating: count("violating"), indeterminate: count("indeterminate") };
      return { images: count("images"), held: count("held"), verdicts };
    },
  };
}

/** `undefined` for what is no chain of any store. */
function keyOfChain(chain: string): Key | undefined {
  return chain === GATE || chain.includes("@") ? holderKey(chain) : undefined;
}

async function* ofChain(
  documents: Documents,
  chain: string,
  range: { readonly from?: string; readonly to?: string; readonly descending?: true },
) {
  for await (const { body } of documents.list<JournalEntry>({ hash: chainHash(chain), ...range })) yield body;
}

function keysOf({ sequence, entries, holders }: Batch): readonly { readonly sequence: number; readonly key: Key }[] {
  return entries.map(([place], offset) => ({ sequence: sequence + offset, key: entryKey(holders[place]?.chain ?? "", sequence + offset) }));
}

async function* keysAfter(documents: Documents, after: number): AsyncGenerator<Key> {
  for await (const batch of batchesAfter(documents, after)) for (const { sequence, key } of keysOf(batch)) if (sequence > after) yield key;
}

async function* keysBefore(documents: Documents, before: number): AsyncGenerator<Key> {
  for await (const { body } of batchesBefore(documents, before))
    for (const { sequence, key } of keysOf(body).toReversed()) if (sequence < before) yield key;
}

async function entriesAt(documents: Documents, keys: readonly Key[]): Promise<readonly JournalEntry[]> {
  return (await documents.readAll<JournalEntry>(keys)).map((entry) => {
    if (entry === undefined) throw new Error("an entry of the journal is gone from the table");
    return entry;
  });
}

async function taken<T>(items: AsyncIterable<T>, most: number): Promise<readonly T[]> {
  const found: T[] = [];
  if (most === 0) return found;
  for await (const item of items) {
    found.push(item);
    if (found.length === most) break;
  }
  return found;
}

function clamp(limit: number): number {
  return Math.min(Math.max(0, Math.trunc(limit)), MAX_LIMIT);
}

/** In the order of the chains' names: a slash comes after the marks that a host may hold, so hosts are sorted with theirs. */
async function* heads({ requests, documents, registries }: Deps): AsyncGenerator<SignedHead> {
  const hosts = (await registries.all()).map((host) => `${host}/`);
  for (const part of [...hosts, GATE].sort()) {
    if (part === GATE) yield* present([headOf(GATE, await documents.read<Holder>(holderKey(GATE)))]);
    else yield* headsOf(requests, documents, part.slice(0, -1));
  }
}

async function* headsOf(requests: Requests, documents: Documents, registry: string): AsyncGenerator<SignedHead> {
  for (const repository of await repositoriesOf(requests, registry)) {
    for await (const page of inPages(imagesIn(requests, registry, repository), PAGE)) {
      const found = await documents.readAll<ImageDocument>(page.map((item) => imageItemKey(placedImage(item))));
      yield* present(found.map((image) => (image === undefined ? undefined : headOf(printImageKey(image.key), image))));
    }
  }
}

/** In the order of the chains, in which an at sign follows them. */
async function repositoriesOf(requests: Requests, registry: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const item of imagesIn(requests, registry)) found.add(placedImage(item).repository);
  return [...found].toSorted((one, other) => (`${one}@` < `${other}@` ? -1 : 1));
}

function headOf(chain: string, holder: Holder | undefined): SignedHead | undefined {
  if (holder?.chain === undefined) return undefined;
  const { index, hash, signature } = holder.chain;
  return { chain, index, hash, signature };
}

function present<T>(list: readonly (T | undefined)[]): readonly T[] {
  return list.filter((each) => each !== undefined);
}
