import { GATE, holderKey } from "./chain.ts";
import { CHANGE_INDEX } from "./definition.ts";
import type { Documents } from "./documents.ts";
import { LISTED_FOR, seenImageIn } from "./image-document.ts";
import { type Key, keyOf } from "./item.ts";
import { nameOf, type Requests } from "./requests.ts";
import { IMAGE_LISTS } from "./shards.ts";
import type { Stamps } from "./stamps.ts";
import type { WaitingItem, WaitingItems } from "./waiting.ts";

interface Deps {
  readonly requests: Requests;
  readonly documents: Documents;
  readonly waiting: WaitingItems;
  readonly stamps: Stamps;
}

/** Finds what other processes left to be numbered, and no stream told of. */
export interface Look {
  /** Looks where it is time to. `first` is done before a look at everything, which takes long, and may fail: what is known waits for none. */
  look(first: () => Promise<void>): Promise<void>;
  /** All that was found is settled. */
  done(): Promise<void>;
  /** A stream tells what waits: what it leaves out is looked for more rarely. */
  hear(): void;
}

interface Looked {
  /** What was changed before it, less the margin, is settled. */
  readonly through: number;
  /** When everything was looked at last. */
  readonly allAt: number;
}

const KEY: Key = { pk: "look", sk: "look" };
const MICROSECONDS = 1_000_000;
const EVERY = 10 * MICROSECONDS;
const EVERY_WHERE_TOLD = 5 * 60 * MICROSECONDS;
/** Clocks differ, and a function may stand still between its stamp and its write. What takes longer is found when everything is looked at. */
const MARGIN = 30 * 60 * MICROSECONDS;
const ALL_EVERY = 24 * 60 * 60 * MICROSECONDS;
const KEPT_EVERY = 5 * 60 * MICROSECONDS;
/** Items that are read at a time: there may be a hundred thousand, and a function has half a GB. */
const AT_ONCE = 100;
const NEVER: Looked = { through: 0, allAt: 0 };

export function openLook({ requests, documents, waiting, stamps }: Deps): Look {
  let kept: Looked | undefined;
  let looked = NEVER;
  let every = EVERY;
  /** Images that were found as they are, by the stamp of their last change. */
  let found = new Map<string, number>();
  /** So many of those that were left out have been looked for. */
  let lookedFor = 0;

  async function changedIn(list: string, from: number): Promise<readonly WaitingItem[]> {
    const index = { name: CHANGE_INDEX, hash: "gc", sort: "gn" };
    const changed: WaitingItem[] = [];
    for await (const item of requests.query({ index, hash: list, from: Math.max(0, from - LISTED_FOR) })) {
      const { at } = seenImageIn(item);
      if (at >= from) changed.push({ key: keyOf(item), since: at });
    }
    return changed;
  }

  async function lookFrom(from: number): Promise<void> {
    const changed = (await Promise.all(IMAGE_LISTS.map((list) => changedIn(list, from)))).flat();
    const fresh = changed.filter(({ key, since }) => from === 0 || found.get(nameOf(key)) !== since);
    for (let at = 0; at < fresh.length; at += AT_ONCE) {
      const some = fresh.slice(at, at + AT_ONCE);
      const items = await requests.getAll(some.map(({ key }) => key));
      waiting.add(some.filter((_, place) => items[place]?.["o"] !== undefined));
    }
    waiting.add([{ key: holderKey(GATE), since: 0 }]);
    found = new Map(changed.map(({ key, since }) => [nameOf(key), since]));
  }

  return {
    async look(first) {
      const [now, leftOut] = [stamps(), waiting.leftOut()];
      if (now - looked.through < every && leftOut === lookedFor) return;
      if (leftOut !== lookedFor) found = new Map();
      kept ??= (await documents.read<Looked>(KEY)) ?? NEVER;
      const isAll = now - Math.max(kept.allAt, looked.allAt) >= ALL_EVERY;
      if (isAll) await first();
      await lookFrom(isAll ? 0 : Math.max(0, kept.through - MARGIN));
      looked = { through: now, allAt: isAll ? now : Math.max(kept.allAt, looked.allAt) };
      lookedFor = leftOut;
    },
    async done() {
      if (kept === undefined || looked.through < kept.through + KEPT_EVERY || waiting.leftOut() !== lookedFor) return;
      await documents.putFact(KEY, looked);
      kept = looked;
    },
    hear() {
      every = EVERY_WHERE_TOLD;
    },
  };
}
