import type { Instant } from "../../domain/time.ts";
import type { Job, JobResult, WorkQueue } from "../../ports/work-queue.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import { type JobDocument, jobKey, jobMarks, joined, type ParkedDocument, parkedKey } from "./job.ts";
import { openClaim } from "./queue-claim.ts";
import { openQueuePut } from "./queue-put.ts";
import { openQueueStatus } from "./queue-status.ts";
import type { Requests } from "./requests.ts";
import type { Stamps } from "./stamps.ts";

/** The queue: an item for each key, which is all that is ever written of its work but for what is parked. */
export function openQueue(requests: Requests, documents: Documents, stamps: Stamps): WorkQueue {
  const listeners = new Set<() => void>();
  const wake = <T>(result: T): T => {
    for (const listener of listeners) listener();
    return result;
  };

  const { put, unpark } = openQueuePut(documents, stamps);
  const { parkedNow, ...status } = openQueueStatus(requests, documents);
  return {
    put: async (work, now, deliveryId) => wake(await put(work, now, deliveryId)),
    claim: openClaim(requests, documents),
    async finish(job, result, now) {
      const madeWork = await documents.change(`job ${job.key}`, (change) => finish(change, job, result, now, stamps));
      if (madeWork) wake(undefined);
    },
    extend: (job, leaseUntil) =>
      documents.change(`job ${job.key}`, async (change) => {
        const mine = await own(change, job);
        if (mine !== undefined) change.put(jobKey(job.key), { ...mine, at: leaseUntil }, jobMarks({ ...mine, at: leaseUntil }));
      }),
    async unpark(id, now) {
      let count = 0;
      for (const parked of await parkedNow()) if ((id ?? parked.id) === parked.id && (await unpark(parked.key, now))) count += 1;
      return wake(count);
    },
    due: (schedule, everyMs, now) =>
      documents.change(`schedule ${schedule}`, async (change) => {
        const key = { pk: `schedule#${schedule}`, sk: "schedule" };
        const last = await change.get<{ readonly at: number }>(key);
        // A time that lies too far ahead was written by a clock that has been set back since.
        const isDue = last === undefined || now >= last.at + everyMs || last.at > now + everyMs;
        if (isDue) change.put(key, { at: now });
        return isDue;
      }),
    onWork(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ...status,
  };
}

/** The job, where it is still the one that its worker was given. */
async function own(change: Change, { key, id, attempt }: Job): Promise<JobDocument | undefined> {
  const job = await change.get<JobDocument>(jobKey(key));
  return job?.state === "running" && job.id === id && job.attempt === attempt ? job : undefined;
}

/** @returns whether the job's end made work. */
async function finish(change: Change, job: Job, result: JobResult, now: Instant, stamps: Stamps): Promise<boolean> {
  const mine = await own(change, job);
  if (mine === undefined) return false;
  const { again, ...rest } = mine;
  if (result.kind === "retry") {
    const later: JobDocument = { ...rest, state: "later", at: Math.min(result.at, again?.at ?? result.at) };
    change.put(jobKey(job.key), later, jobMarks(later));
    return true;
  }
  if (result.kind === "park") {
    await change.get(parkedKey(job.key));
    const parked: ParkedDocument = { ...job, why: result.why, parkedAt: now };
    change.put(parkedKey(job.key), parked);
  }
  if (again === undefined) {
    change.remove(jobKey(job.key));
    return false;
  }
  const next = joined(undefined, { ...rest, payload: again.payload, notBefore: again.at }, again.queuedAt, now, stamps);
  change.put(jobKey(job.key), next, jobMarks(next));
  return true;
}
