import type { GateDeps } from "../../shared/pipeline/deps.ts";
import { LEASE_MS, runJob } from "../../shared/pipeline/run-job.ts";

// An idle worker looks this often, for work that another process queued.
const IDLE_MS = 1_000;

export interface Workers {
  /** Finishes the jobs that run, takes no new ones. */
  stop(): Promise<void>;
}

/** Runs jobs of the durable queue, several at a time, each under a lease that is renewed while it runs. */
export function startWorkers(deps: GateDeps, count: number): Workers {
  const stopping = new AbortController();
  const bell = doorbell();
  const unsubscribe = deps.queue.onWork?.(bell.ring);
  const loops = Array.from({ length: count }, () => work(deps, stopping.signal, bell));
  return {
    async stop() {
      stopping.abort();
      unsubscribe?.();
      bell.ring();
      await Promise.all(loops);
    },
  };
}

async function work(deps: GateDeps, stopping: AbortSignal, bell: Doorbell): Promise<void> {
  while (!stopping.aborted) {
    const heard = bell.listen();
    const [job] = await deps.queue.claim(1, deps.clock.now(), LEASE_MS);
    if (job !== undefined) await runJob(deps, job);
    else await heard(await idleFor(deps));
  }
}

async function idleFor(deps: GateDeps): Promise<number> {
  const next = await deps.queue.nextAt();
  return next === undefined ? IDLE_MS : Math.min(IDLE_MS, Math.max(1, next - deps.clock.now()));
}

interface Doorbell {
  ring(): void;
  /** To be called before looking: a ring between the look and the wait is not missed. */
  listen(): (milliseconds: number) => Promise<void>;
}

function doorbell(): Doorbell {
  let rings = 0;
  const waiting = new Set<() => void>();
  return {
    ring() {
      rings += 1;
      for (const wake of waiting) wake();
    },
    listen() {
      const before = rings;
      return (milliseconds) =>
        new Promise((resolve) => {
          if (rings !== before) return resolve();
          const wake = (): void => {
            clearTimeout(timer);
            waiting.delete(wake);
            resolve();
          };
          const timer = setTimeout(wake, milliseconds);
          waiting.add(wake);
        });
    },
  };
}
