import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "../../domain/time.ts";
import type { Work } from "../../ports/work-queue.ts";
import { text, whole, wholeOrNone } from "./row.ts";

type Timed = Work & { readonly notBefore: number };

export interface Put {
  /** All work of one delivery, unless the delivery is known. */
  delivery(work: readonly Timed[], now: Instant, deliveryId: string | undefined): "queued" | "duplicate";
  /** One piece of work: joins what is queued under its key, or is queued. */
  job(work: Timed, queuedAt: number, now: Instant): void;
}

/** Longer than any registry or cloud repeats a delivery. */
const REMEMBERED_FOR = 7 * 24 * 60 * 60 * 1_000;

export function openPut(database: DatabaseSync): Put {
  const statements = {
    remember: database.prepare("INSERT INTO delivery (id, at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"),
    forget: database.prepare("DELETE FROM delivery WHERE at < ?"),
    find: database.prepare("SELECT id, lane, state, at, again_at FROM job WHERE key = ?"),
    insert: database.prepare("INSERT INTO job (key, kind, lane, payload, queued_at, attempt, state, at) VALUES (?, ?, ?, ?, ?, 0, ?, ?)"),
    again: database.prepare(
      "UPDATE job SET again_at = ?, again_payload = coalesce(again_payload, ?), again_queued_at = coalesce(again_queued_at, ?) WHERE id = ?",
    ),
    move: database.prepare("UPDATE job SET state = ?, at = ? WHERE id = ?"),
    openLane: database.prepare(OPEN_LANE),
  };

  function ready(lane: string): void {
    statements.openLane.run(lane);
  }

  function job(work: Timed, queuedAt: number, now: Instant): void {
    const { key, kind, group, payload, notBefore } = work;
    const state = notBefore <= now ? "ready" : "later";
    const queued = statements.find.get(key);
    if (queued === undefined) {
      statements.insert.run(key, kind, group, payload, queuedAt, state, notBefore);
      if (state === "ready") ready(group);
    } else if (text(queued, "state") === "running") {
      const againAt = Math.min(notBefore, wholeOrNone(queued, "again_at") ?? notBefore);
      statements.again.run(againAt, payload, queuedAt, whole(queued, "id"));
    } else if (text(queued, "state") === "later" && notBefore < whole(queued, "at")) {
      statements.move.run(state, notBefore, whole(queued, "id"));
      if (state === "ready") ready(text(queued, "lane"));
    }
  }

  return {
    job,
    delivery(work, now, deliveryId) {
      if (deliveryId !== undefined) {
        statements.forget.run(now - REMEMBERED_FOR);
        if (statements.remember.run(deliveryId, now).changes === 0) return "duplicate";
      }
      for (const each of work) job(each, now, now);
      return "queued";
    },
  };
}

/**
 * A lane is a group with work that may run now. One that opens is served after all that are open: a group that comes and goes gets one turn
 * in each round like the others, and an idle one costs nothing.
 */
export const OPEN_LANE =
  "INSERT INTO lane (name, served) VALUES (?, (SELECT coalesce(max(served), 0) + 1 FROM lane)) ON CONFLICT (name) DO NOTHING";
