interface Due {
  readonly at: number;
  readonly work: () => void | Promise<void>;
}

export interface WorkQueue {
  later(afterMs: number, work: Due["work"]): void;
  settle(): Promise<void>;
}

/** What happens by itself after a while: done at the next look once its time has come, in the order in which it came due. */
export function openWorkQueue(now: () => number): WorkQueue {
  let waiting: Due[] = [];
  let first = Number.POSITIVE_INFINITY;
  return {
    later(afterMs, work) {
      const at = now() + afterMs;
      waiting.push({ at, work });
      first = Math.min(first, at);
    },
    async settle() {
      while (first <= now()) {
        const at = now();
        const due = waiting.filter((one) => one.at <= at);
        waiting = waiting.filter((one) => one.at > at);
        first = waiting.reduce((least, one) => Math.min(least, one.at), Number.POSITIVE_INFINITY);
        for (const { work } of due.toSorted((a, b) => a.at - b.at)) await work();
      }
    },
  };
}
