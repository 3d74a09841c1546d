import type { DatabaseSync } from "node:sqlite";
import { type Instant, instant } from "../../domain/time.ts";
import type { Job } from "../../ports/work-queue.ts";
import { OPEN_LANE } from "./queue-put.ts";
import { type Row, text, whole } from "./row.ts";

/** Jobs that become ready in one claim; the rest follows with the next one. */
const MAX_WOKEN = 500;

export function openClaim(database: DatabaseSync): (limit: number, now: Instant, leaseFor: number) => readonly Job[] {
  const wake = (state: "later" | "running"): string =>
    `UPDATE job SET state = 'ready' WHERE id IN (SELECT id FROM job WHERE state = '${state}' AND at <= ? ORDER BY at LIMIT ${MAX_WOKEN}) RETURNING lane`;
  const statements = {
    // Mostly nothing is due: asking costs a fraction of an update that changes nothing.
    isDue: database.prepare(
      `SELECT EXISTS (SELECT 1 FROM job WHERE state = 'later' AND at <= ?1) OR EXISTS (SELECT 1 FROM job WHERE state = 'running' AND at <= ?1) AS due`,
    ),
    wakeLater: database.prepare(wake("later")),
    wakeLost: database.prepare(wake("running")),
    openLane: database.prepare(OPEN_LANE),
    nextLane: database.prepare("SELECT name FROM lane ORDER BY served LIMIT 1"),
    rotateLane: database.prepare("UPDATE lane SET served = (SELECT max(served) + 1 FROM lane) WHERE name = ?"),
    closeLane: database.prepare("DELETE FROM lane WHERE name = ?"),
    next: database.prepare("SELECT * FROM job WHERE state = 'ready' AND lane = ? ORDER BY id LIMIT 1"),
    more: database.prepare("SELECT 1 FROM job WHERE state = 'ready' AND lane = ? LIMIT 1"),
    lease: database.prepare("UPDATE job SET state = 'running', attempt = attempt + 1, at = ? WHERE id = ?"),
  };

  function wakeDue(now: Instant): void {
    if (whole(statements.isDue.get(now), "due") === 0) return;
    const woken = [...statements.wakeLater.all(now), ...statements.wakeLost.all(now)];
    for (const lane of new Set(woken.map((row) => text(row, "lane")))) statements.openLane.run(lane);
  }

  function take(lane: string, leaseUntil: number): Job | undefined {
    const row = statements.next.get(lane);
    if (row !== undefined) statements.lease.run(leaseUntil, whole(row, "id"));
    if (statements.more.get(lane) === undefined) statements.closeLane.run(lane);
    else statements.rotateLane.run(lane);
    return row === undefined ? undefined : jobOf(row, whole(row, "attempt") + 1);
  }

  return (limit, now, leaseFor) => {
    wakeDue(now);
    const jobs: Job[] = [];
    while (jobs.length < limit) {
      const lane = statements.nextLane.get();
      if (lane === undefined) break;
      const job = take(text(lane, "name"), now + leaseFor);
      if (job !== undefined) jobs.push(job);
    }
    return jobs;
  };
}

export function jobOf(row: Row, attempt: number): Job {
  return {
    id: whole(row, "id"),
    key: text(row, "key"),
    kind: text(row, "kind"),
    group: text(row, "lane"),
    payload: text(row, "payload"),
    attempt,
    queuedAt: instant(whole(row, "queued_at")),
  };
}
