import type { Instant } from "../../domain/time.ts";
import type { Job, Work } from "../../ports/work-queue.ts";
import type { Key, Marks } from "./item.ts";
import { jobList } from "./shards.ts";
import { padded } from "./stamps.ts";

export interface JobDocument extends Job {
  readonly state: "ready" | "later" | "running";
  /** From when on it may run; of one that runs, until when it is its worker's. */
  readonly at: number;
  /** Work that came under its key while it ran. */
  readonly again?: { readonly at: number; readonly payload: string; readonly queuedAt: Instant };
}

export interface ParkedDocument extends Job {
  readonly why: string;
  readonly parkedAt: Instant;
}

/** What lists of jobs read without their items. */
export interface SeenJob {
  readonly queuedAt: Instant;
  readonly at: number;
  readonly group: string;
}

export type Timed = Work & { readonly notBefore: number };

export const PARKED = "parked";

export function jobKey(key: string): Key {
  return { pk: `job#${key}`, sk: "job" };
}

export function parkedKey(key: string): Key {
  return { pk: PARKED, sk: key };
}

/** Of the ready jobs of one group; a space sorts before whatever a group's name may go on with. */
export function laneStart(group: string): string {
  return `${encodeURIComponent(group)} `;
}

export function laneEnd(group: string): string {
  return `${laneStart(group)}~`;
}

export function groupOfLane(sort: string): string {
  return decodeURIComponent(sort.slice(0, sort.indexOf(" ")));
}

export function jobMarks({ group, state, at, id, queuedAt }: JobDocument): Marks {
  const seen: SeenJob = { queuedAt, at, group };
  const sort = state === "ready" ? `${laneStart(group)}${padded(id)}` : `${padded(Math.max(0, at))}#${padded(id)}`;
  return { job: [jobList(state, group), sort], seen };
}

/** Work joins what is queued under its key, or is queued. `newId`: its number, which is never used again. */
export function joined(job: JobDocument | undefined, work: Timed, queuedAt: Instant, now: Instant, newId: () => number): JobDocument {
  const { key, kind, group, payload, notBefore } = work;
  const state = notBefore <= now ? "ready" : "later";
  if (job === undefined) return { id: newId(), key, kind, group, payload, attempt: 0, queuedAt, state, at: notBefore };
  if (job.state === "running") {
    const again = job.again ?? { at: notBefore, payload, queuedAt };
    return { ...job, again: { ...again, at: Math.min(again.at, notBefore) } };
  }
  return job.state === "later" && notBefore < job.at ? { ...job, state, at: notBefore } : job;
}

export function jobOf({ id, key, kind, group, payload, attempt, queuedAt }: Job): Job {
  return { id, key, kind, group, payload, attempt, queuedAt };
}
