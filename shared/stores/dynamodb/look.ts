import { GATE, holderKey } from "./chain.ts";
import { CHANGE_INDEX } from "./definition.ts";
import type { Documents } from "./documents.ts";
import { LISTED_FOR, type SeenImage } from "./image-document.ts";
import { type Key, keyOf, seenOf } from "./item.ts";
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

/** Finds what other processes left to be numbered, where no stream tells of it. */
export interface Look {
  /** Looks where it is time to. `all`: at everything that there is, now. */
  look(all: boolean): Promise<void>;
  /** All that was found is settled. */
  done(): Promise<void>;
}

interface Looked {
  /** What was changed before it, less the margin, is settled. */
  readonly through: number;
}

const KEY: Key = { pk: "look", sk: "look" };
const MICROSECONDS = 1_000_000;
const EVERY = 10 * MICROSECONDS;
/** Clocks differ, and a function may stand still between its stamp and its write. What takes longer is found by the look at everything. */
const MARGIN = 30 * 60 * MICROSECONDS;
const KEPT_EVERY = 5 * 60 * MICROSECONDS;

export function openLook({ requests, documents, waiting, stamps }: Deps): Look {
  let kept: number | undefined;
  let lookedAt = 0;
  /** Images that were found as they are, by the stamp of their last change. */
  let found = new Map<string, number>();

  async function changedIn(list: string, from: number): Promise<readonly WaitingItem[]> {
    const index = { name: CHANGE_INDEX, hash: "gc", sort: "gn" };
    const changed: WaitingItem[] = [];
    for await (const item of requests.query({ index, hash: list, from: Math.max(0, from - LISTED_FOR) })) {
      const { at } = seenOf<SeenImage>(item);
      if (at >= from) changed.push({ key: keyOf(item), since: at });
    }
    return changed;
  }

  return {
    async look(all) {
      const now = stamps();
      if (!all && now - lookedAt < EVERY) return;
      kept ??= (await documents.read<Looked>(KEY))?.through ?? 0;
      const from = all ? 0 : Math.max(0, kept - MARGIN);
      const changed = (await Promise.all(IMAGE_LISTS.map((list) => changedIn(list, from)))).flat();
      const before = found;
      found = new Map(changed.map(({ key, since }) => [nameOf(key), since]));
      waiting.add(changed.filter(({ key, since }) => all || before.get(nameOf(key)) !== since));
      waiting.add([{ key: holderKey(GATE), since: 0 }]);
      lookedAt = now;
    },
    async done() {
      if (kept === undefined || lookedAt < kept + KEPT_EVERY) return;
      await documents.putFact(KEY, { through: lookedAt } satisfies Looked);
      kept = lookedAt;
    },
  };
}
