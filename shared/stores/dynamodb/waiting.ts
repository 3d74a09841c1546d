import type { Key } from "./item.ts";
import { nameOf } from "./requests.ts";

export interface WaitingItem {
  readonly key: Key;
  /** Stamp of the first thing that waits there, as far as it is known. */
  readonly since: number;
}

/** Items that have, or may have, something to be numbered. */
export interface WaitingItems {
  add(items: readonly WaitingItem[]): void;
  /** Those that wait longest, which are out of the list then; and since when the next one does. */
  take(most: number): { readonly items: readonly WaitingItem[]; readonly next?: number };
  /** How many were ever left out, for there were too many. They have to be looked for. */
  leftOut(): number;
}

/** Some megabytes. A process that numbers takes them out all the time; one that leaves it to others only ever adds. */
const MOST_KNOWN = 10_000;

/** What this process knows of: its own steps, what a stream told it, and what it found. Of too many those are left out that were told first: an index has them by then. */
export function openWaiting(mostKnown: number = MOST_KNOWN): WaitingItems {
  const waiting = new Map<string, WaitingItem>();
  let leftOut = 0;
  return {
    add(items) {
      for (const { key, since } of items) {
        const name = nameOf(key);
        const known = waiting.get(name);
        waiting.delete(name);
        waiting.set(name, { key, since: Math.min(since, known?.since ?? since) });
      }
      for (const name of waiting.keys()) {
        if (waiting.size <= mostKnown) break;
        waiting.delete(name);
        leftOut += 1;
      }
    },
    take(most) {
      const sorted = [...waiting.values()].toSorted((one, other) => one.since - other.since);
      const items = sorted.slice(0, most);
      for (const { key } of items) waiting.delete(nameOf(key));
      const next = sorted[most]?.since;
      return next === undefined ? { items } : { items, next };
    },
    leftOut: () => leftOut,
  };
}
