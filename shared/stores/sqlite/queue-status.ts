import type { DatabaseSync } from "node:sqlite";
import { type Instant, instant } from "../../domain/time.ts";
import type { WorkQueue } from "../../ports/work-queue.ts";
import { jobOf } from "./queue-claim.ts";
import type { Put } from "./queue-put.ts";
import { text, whole } from "./row.ts";

interface Status extends Pick<WorkQueue, "nextAt" | "depth" | "depthOf" | "parked"> {
  unpark(id: number | undefined, now: Instant): number;
}

export function openStatus(database: DatabaseSync, put: Put): Status {
  const statements = {
    ready: database.prepare("SELECT at FROM job WHERE state = 'ready' LIMIT 1"),
    next: database.prepare(
      `SELECT min(at) AS at FROM (SELECT min(at) AS at FROM job WHERE state = 'later' UNION ALL SELECT min(at) FROM job WHERE state = 'running')
       HAVING min(at) IS NOT NULL`,
    ),
    depth: database.prepare(
      `SELECT (SELECT count(*) FROM job WHERE state = 'ready') + (SELECT count(*) FROM job WHERE state = 'later') AS waiting,
       (SELECT count(*) FROM job WHERE state = 'running') AS running, (SELECT count(*) FROM parked) AS parked`,
    ),
    oldest: database.prepare("SELECT min(queued_at) AS at FROM job WHERE state = 'ready' HAVING min(queued_at) IS NOT NULL"),
    depthOf: database.prepare(
      "SELECT (SELECT count(*) FROM job WHERE lane = ?1) AS open, (SELECT count(*) FROM parked WHERE lane = ?1) AS parked",
    ),
    parked: database.prepare("SELECT * FROM parked ORDER BY parked_at DESC, id DESC LIMIT ?"),
    unpark: database.prepare("DELETE FROM parked WHERE id = ? RETURNING *"),
    unparkAll: database.prepare("DELETE FROM parked RETURNING *"),
  };
  return {
    async nextAt() {
      const row = statements.ready.get() ?? statements.next.get();
      return row === undefined ? undefined : instant(whole(row, "at"));
    },
    async depth() {
      const row = statements.depth.get();
      const oldest = statements.oldest.get();
      const counts = { waiting: whole(row, "waiting"), running: whole(row, "running"), parked: whole(row, "parked") };
      return oldest === undefined ? counts : { ...counts, oldestQueuedAt: instant(whole(oldest, "at")) };
    },
    async depthOf(group) {
      const row = statements.depthOf.get(group);
      return { open: whole(row, "open"), parked: whole(row, "parked") };
    },
    async parked(limit) {
      return statements.parked.all(limit).map((row) => {
        return { ...jobOf(row, whole(row, "attempt")), why: text(row, "why"), parkedAt: instant(whole(row, "parked_at")) };
      });
    },
    unpark(id, now) {
      const rows = id === undefined ? statements.unparkAll.all() : statements.unpark.all(id);
      for (const row of rows) {
        const { key, kind, group, payload } = jobOf(row, 0);
        put.job({ key, kind, group, payload, notBefore: now }, now, now);
      }
      return rows.length;
    },
  };
}
