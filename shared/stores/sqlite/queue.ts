import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "../../domain/time.ts";
import type { Job, JobResult, WorkQueue } from "../../ports/work-queue.ts";
import { openClaim } from "./queue-claim.ts";
import { openPut, type Put } from "./queue-put.ts";
import { openStatus } from "./queue-status.ts";
import { type Row, text, whole, wholeOrNone } from "./row.ts";
import type { Writer } from "./writer.ts";

/** The queue over its tables. Only what must not be forgotten waits for the disk: that work is there. That it is running or done may be. */
export function openQueue(database: DatabaseSync, writer: Writer): WorkQueue {
  const listeners = new Set<() => void>();
  const put = openPut(database);
  const claim = openClaim(database);
  const finish = openFinish(database, put);
  const extend = database.prepare("UPDATE job SET at = ? WHERE id = ? AND attempt = ? AND state = 'running'");
  const due = database.prepare(
    // A time that lies too far ahead was written by a clock that has been set back since.
    `INSERT INTO schedule (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at
     WHERE excluded.at >= at + ? OR at > excluded.at + ?`,
  );
  const wake = <T>(result: T): T => {
    for (const listener of listeners) listener();
    return result;
  };
  const { unpark, ...status } = openStatus(database, put);
  return {
    put: async (work, now, deliveryId) => wake(await writer.write("power-cut", () => put.delivery(work, now, deliveryId))),
    claim: async (limit, now, leaseFor) => writer.write("crash", () => claim(limit, now, leaseFor)),
    finish: async (job, result, now) => {
      if (await writer.write("crash", () => finish(job, result, now))) wake(undefined);
    },
    extend: async (job, leaseUntil) => writer.write("crash", () => void extend.run(leaseUntil, job.id, job.attempt)),
    unpark: async (id, now) => wake(await writer.write("power-cut", () => unpark(id, now))),
    due: async (schedule, everyMs, now) => writer.write("crash", () => due.run(schedule, now, everyMs, everyMs).changes === 1),
    onWork(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ...status,
  };
}

/** @returns whether the job's end made work. */
function openFinish(database: DatabaseSync, put: Put): (job: Job, result: JobResult, now: Instant) => boolean {
  const mine = database.prepare("SELECT * FROM job WHERE id = ? AND attempt = ? AND state = 'running'");
  const remove = database.prepare("DELETE FROM job WHERE id = ?");
  const later = database.prepare(
    "UPDATE job SET state = 'later', at = ?, again_at = NULL, again_queued_at = NULL, again_payload = NULL WHERE id = ?",
  );
  const park = database.prepare(
    "INSERT OR REPLACE INTO parked (id, key, kind, lane, payload, queued_at, attempt, why, parked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );

  function runAgain(row: Row, now: Instant): boolean {
    const againAt = wholeOrNone(row, "again_at");
    if (againAt === undefined) return false;
    put.job(
      { key: text(row, "key"), kind: text(row, "kind"), group: text(row, "lane"), payload: text(row, "again_payload"), notBefore: againAt },
      whole(row, "again_queued_at"),
      now,
    );
    return true;
  }

  return (job, result, now) => {
    const row = mine.get(job.id, job.attempt);
    if (row === undefined) return false;
    if (result.kind === "retry") {
      later.run(Math.min(result.at, wholeOrNone(row, "again_at") ?? result.at), job.id);
      return true;
    }
    remove.run(job.id);
    if (result.kind === "park") park.run(job.id, job.key, job.kind, job.group, job.payload, job.queuedAt, job.attempt, result.why, now);
    return runAgain(row, now);
  };
}
