import { add, type Duration, type Instant } from "../domain/time.ts";
import type { Job, JobResult } from "../ports/work-queue.ts";
import type { GateDeps } from "./deps.ts";
import { doWork } from "./do-work.ts";
import type { WorkOutcome } from "./outcome.ts";
import { tellParked } from "./park.ts";

/** For how long a worker has a job; renewed while it runs. */
export const LEASE_MS = 10_000;
const TRIES = 12;
const BACKOFF_MAX_MS = 300_000;

/** Does a job that was claimed, under a lease that is renewed meanwhile, and ends it in the queue. */
export async function runJob(deps: GateDeps, job: Job): Promise<void> {
  const renewing = setInterval(() => void renew(deps, job), LEASE_MS / 3);
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

/** Nobody waits for it: what it threw would end the process. Where the lease runs out another worker has the job, and each step says who was first. */
async function renew({ queue, clock, log }: GateDeps, job: Job): Promise<void> {
  try {
    await queue.extend(job, add(clock.now(), LEASE_MS as Duration));
  } catch (error) {
    log.warn("The lease of a job could not be renewed.", { work: job.key, why: error instanceof Error ? error.message : String(error) });
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
