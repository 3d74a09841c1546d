/** One after the other for each name; a name with nobody in its turn is forgotten. */
export function openTurns(): <R>(name: string, work: () => Promise<R>) => Promise<R> {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => undefined);
    last.set(name, settled);
    try {
      return await turn;
    } finally {
      if (last.get(name) === settled) last.delete(name);
    }
  };
}

/** Calls that come while one runs share the one after it: it sees all that was there when they came. */
export function inOneTurn<R>(work: () => Promise<R>): () => Promise<R> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<R> | undefined;
  return () => {
    next ??= running
      .catch(() => undefined)
      .then(() => {
        running = next ?? Promise.resolve();
        next = undefined;
        return work();
      });
    return next;
  };
}

/** Gives what waits its number, counts it, and returns when nothing waits, or after many thousand. */
export type Settle = () => Promise<void>;
