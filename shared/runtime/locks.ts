import type { NamedLocks } from "../ports/named-locks.ts";

/** Queues callers by name in memory; a name that nobody waits for costs nothing. */
export function namedLocks(): NamedLocks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async run(name, work) {
      const before = tails.get(name) ?? Promise.resolve();
      const mine = before.then(work, work);
      const tail = mine.catch(() => undefined);
      tails.set(name, tail);
      try {
        return await mine;
      } finally {
        if (tails.get(name) === tail) tails.delete(name);
      }
    },
  };
}
