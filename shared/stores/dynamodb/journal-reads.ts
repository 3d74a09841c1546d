import type { SignedHead } from "../../domain/audit-event.ts";
import { printImageKey } from "../../domain/image-ref.ts";
import { inPages } from "../../ports/in-pages.ts";
import type { Ledger } from "../../ports/ledger.ts";
import type { Batches } from "./batches.ts";
import { GATE, holderKey } from "./chain.ts";
import type { Chain, Holder } from "./chain-document.ts";
import { type ChainRange, entriesOfChain } from "./chain-places.ts";
import type { Documents } from "./documents.ts";
import { type ImageDocument, imageItemKey } from "./image-document.ts";
import { allImages } from "./image-places.ts";
import type { Key } from "./item.ts";
import type { Requests } from "./requests.ts";
import type { Settle } from "./turns.ts";
import type { WaitingItems } from "./waiting.ts";

export type JournalReads = Pick<Ledger, "journal" | "recent" | "head" | "heads" | "counts">;

interface Deps {
  readonly requests: Requests;
  readonly documents: Documents;
  readonly batches: Batches;
  readonly settle: Settle;
  readonly waiting: WaitingItems;
}

const MAX_LIMIT = 10_000;
const PAGE = 100;

export function openJournalReads(deps: Deps): JournalReads {
  const { documents, batches, settle, waiting } = deps;

  /** With what anybody told of it so far, whoever numbers it. */
  async function ofChain(name: string, range: ChainRange, most: number) {
    const key = keyOfChain(name);
    if (key === undefined) return [];
    waiting.add([{ key, since: 0 }]);
    await settle();
    return taken(entriesOfChain(documents, name, (await documents.read<Holder>(key))?.chain, range), most);
  }

  return {
    async journal(after, limit, chain) {
      const most = clamp(limit);
      if (chain !== undefined) return ofChain(chain, { after }, most);
      await settle();
      return taken(batches.entriesAfter(after), most);
    },
    async recent({ limit, before = Number.MAX_SAFE_INTEGER, chain }) {
      const most = clamp(limit);
      if (chain !== undefined) return ofChain(chain, { before }, most);
      await settle();
      return taken(batches.entriesBefore(before), most);
    },
    async head(chain) {
      const key = keyOfChain(chain);
      const holder = key === undefined ? undefined : await documents.read<Holder>(key);
      return headOf(chain, holder?.chain);
    },
    heads: () => heads(deps),
    async counts() {
      await settle();
      const { counts = {} } = (await batches.last()) ?? {};
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

/** In the order of the chains' names. Whatever of them waits is numbered with the next look at the journal. */
async function* heads({ requests, documents, waiting }: Deps): AsyncGenerator<SignedHead> {
  const names = new Map((await allImages(requests)).map(({ image }) => [printImageKey(image), imageItemKey(image)]));
  const sorted = [...names.keys(), GATE].sort();
  for await (const page of inPages(sorted, PAGE)) {
    const keys = page.map((name) => names.get(name) ?? holderKey(GATE));
    const holders = await documents.readAll<Holder & Partial<ImageDocument>>(keys);
    for (const [place, holder] of holders.entries()) {
      const [name = "", key = holderKey(GATE)] = [page[place], keys[place]];
      const [first] = holder?.chain?.tail ?? [];
      if (first !== undefined) waiting.add([{ key, since: first.at }]);
      const head = headOf(name, holder?.chain);
      if (head !== undefined) yield head;
    }
  }
}

function headOf(name: string, chain: Chain | undefined): SignedHead | undefined {
  return chain === undefined ? undefined : { chain: name, index: chain.index, hash: chain.hash, signature: chain.signature };
}
