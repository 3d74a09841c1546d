import { add, type Duration, type Instant } from "../../shared/domain/time.ts";
import type { GateDeps } from "../../shared/pipeline/deps.ts";
import { doWork } from "../../shared/pipeline/do-work.ts";
import type { WorkOutcome } from "../../shared/pipeline/outcome.ts";
import { tellParked } from "../../shared/pipeline/park.ts";
import type { Job, JobResult } from "../../shared/ports/work-queue.ts";

const LEASE_MS = 10_000;
const TRIES = 12;
const BACKOFF_MAX_MS = 300_000;
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

async function runJob(deps: GateDeps, job: Job): Promise<void> {
  const renewing = setInterval(() => void deps.queue.extend(job, add(deps.clock.now(), LEASE_MS as Duration)), LEASE_MS / 3);
  const startedAt = performance.now();
  try {
    const result = await attempt(deps, job);
    if (result.kind === "park") await tellParked(deps, job, result.why);
    await deps.queue.finish(job, result, deps.clock.now());
  } finally {
    clearInterval(renewing);
    deps.metrics.observe("moorgate_evaluation_duration_seconds", (performance.now() - startedAt) / 1000);
  }
}

async function attempt(deps: GateDeps, job: Job): Promise<JobResult> {
  const now = deps.clock.now();
  try {
    return limited(job, await doWork(deps, job, { queuedAt: job.queuedAt, now }), now);
  } catch (error) {
    // Adapters' faults were answered in the flow; what comes here is a defect of ours. It is kept and retried, never dropped.
    deps.log.error("A piece of work failed unexpectedly.", {
      work: job.key,
      attempt: job.attempt,
      why: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return limited(job, { kind: "retry", at: now, why: error instanceof Error ? error.message : "unexpected failure" }, now);
  }
}

function limited(job: Job, outcome: WorkOutcome, now: Instant): JobResult {
  if (outcome.kind !== "retry") return outcome;
  if (job.attempt >= TRIES) return { kind: "park", why: `gave up after ${job.attempt} tries: ${outcome.why}` };
  // Whole milliseconds: a store takes no others.
  const backoff = Math.min(BACKOFF_MAX_MS, 50 * 2 ** job.attempt);
  return { ...outcome, at: Math.max(outcome.at, add(now, Math.floor(Math.random() * backoff) as Duration)) as Instant };
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
