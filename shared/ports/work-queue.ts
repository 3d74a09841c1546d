import type { Instant } from "../domain/time.ts";

export interface Work {
  /** Unique while queued: a second event for the same image joins the first. */
  readonly key: string;
  readonly kind: string;
  /** Fairness group: one repository's flood does not starve another. */
  readonly group: string;
  readonly payload: string;
}

export interface Job extends Work {
  readonly id: number;
  /** From 1. */
  readonly attempt: number;
  readonly queuedAt: Instant;
}

export type JobResult =
  | { readonly kind: "done" }
  /** Not before `at`. A retry counts an attempt; a recheck does not. */
  | { readonly kind: "retry"; readonly at: Instant; readonly why: string }
  | { readonly kind: "park"; readonly why: string };

export interface ParkedJob extends Job {
  readonly why: string;
  readonly parkedAt: Instant;
}

/** Durable work with leases. At least once: a job whose lease ran out is given to another worker. */
export interface WorkQueue {
  /**
   * Durable when it returns. Work whose key is queued joins it (the earlier time counts); work whose key is running runs once more
   * afterwards. `deliveryId`: remembered for seven days, a second `put` with it is `duplicate` and adds nothing.
   */
  put(work: readonly (Work & { readonly notBefore: Instant })[], now: Instant, deliveryId?: string): Promise<"queued" | "duplicate">;
  /** Least recently served groups first, one job each in turn. `leaseFor` is in milliseconds. */
  claim(limit: number, now: Instant, leaseFor: number): Promise<readonly Job[]>;
  /** Has no effect where the lease ran out and another worker has the job. */
  finish(job: Job, result: JobResult, now: Instant): Promise<void>;
  extend(job: Job, leaseUntil: Instant): Promise<void>;
  /** When the earliest waiting job may run. */
  nextAt(): Promise<Instant | undefined>;
  /** `waiting` includes work for later; `oldestQueuedAt` is of work that may run. */
  depth(): Promise<{ readonly waiting: number; readonly running: number; readonly parked: number; readonly oldestQueuedAt?: Instant }>;
  /** Jobs of one group that wait or run, and those of it that were given up. */
  depthOf(group: string): Promise<{ readonly open: number; readonly parked: number }>;
  parked(limit: number): Promise<readonly ParkedJob[]>;
  /** Queues parked work again; all of it where no id is given. @returns how many. */
  unpark(id: number | undefined, now: Instant): Promise<number>;
  /** Claims the right to run a schedule now: true once per interval over all processes. */
  due(schedule: string, everyMs: number, now: Instant): Promise<boolean>;
  /**
   * Calls the listener after work was queued by this process; another process's work is found by asking again. `nextAt` says when.
   * @returns how to stop it.
   */
  onWork?(listener: () => void): () => void;
}
