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
}

/** What this process knows of: its own steps, what a stream told it, and what it found. */
export function openWaiting(): WaitingItems {
  const waiting = new Map<string, WaitingItem>();
  return {
    add(items) {
      for (const { key, since } of items) {
        const known = waiting.get(nameOf(key));
        waiting.set(nameOf(key), { key, since: Math.min(since, known?.since ?? since) });
      }
    },
    take(most) {
      const sorted = [...waiting.values()].toSorted((one, other) => one.since - other.since);
      const items = sorted.slice(0, most);
      for (const { key } of items) waiting.delete(nameOf(key));
      const next = sorted[most]?.since;
      return next === undefined ? { items } : { items, next };
    },
  };
}
