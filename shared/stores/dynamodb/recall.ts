import type { Item, Key } from "./item.ts";
import { nameOf } from "./requests.ts";

/** What was read of an item; no item: it was not there. */
export interface Recalled {
  readonly item: Item | undefined;
}

/** Items that were read and may be changed next. Whoever writes one is told by its guard whether it has changed meanwhile. */
export interface Recall {
  keep(key: Key, item: Item | undefined): void;
  look(key: Key): Recalled | undefined;
  /** Each is used once. */
  take(key: Key): Recalled | undefined;
}

const MOST = 200;
const MOST_BYTES = 16 * 1024;

export function openRecall(): Recall {
  const kept = new Map<string, Recalled>();
  return {
    keep(key, item) {
      const name = nameOf(key);
      kept.delete(name);
      if ((item?.["b"]?.B?.length ?? 0) > MOST_BYTES) return;
      kept.set(name, { item });
      const [oldest] = kept.keys();
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
    },
    look: (key) => kept.get(nameOf(key)),
    take(key) {
      const known = kept.get(nameOf(key));
      kept.delete(nameOf(key));
      return known;
    },
  };
}
