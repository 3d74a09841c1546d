import type { DatabaseSync } from "node:sqlite";
import { instant } from "../../domain/time.ts";
import type { RevocationLimits, RevocationStore } from "../../ports/revocation-store.ts";
import { storeFault } from "./fault.ts";
import { blob, whole } from "./row.ts";
import type { Writer } from "./writer.ts";

/** What gets lost in a power cut is asked again, so nobody waits for the disk. */
export function openRevocations(database: DatabaseSync, writer: Writer, most: RevocationLimits): RevocationStore {
  const { find, keep, isOver, drop } = prepare(database);
  return {
    async find(question) {
      try {
        const row = find.get(question);
        if (row === undefined) return undefined;
        return {
          bytes: blob(row, "bytes"),
          thisUpdate: instant(whole(row, "this_update")),
          nextUpdate: instant(whole(row, "next_update")),
          askedAt: instant(whole(row, "asked_at")),
        };
      } catch (error) {
        throw storeFault(error);
      }
    },
    async keep(question, { bytes, thisUpdate, nextUpdate, askedAt }) {
      await writer.write("crash", () => {
        keep.run(question, thisUpdate, nextUpdate, askedAt, bytes.length, bytes);
        if (isOver.get(most.answers, most.bytes)?.["is_over"] === 1) drop.run(most.answers, most.bytes);
      });
    },
  };
}

function prepare(database: DatabaseSync) {
  return {
    find: database.prepare("SELECT this_update, next_update, asked_at, bytes FROM revocation_answer WHERE question = ?"),
    keep: database.prepare(
      `INSERT INTO revocation_answer (question, this_update, next_update, asked_at, size, bytes) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (question) DO UPDATE SET this_update = excluded.this_update, next_update = excluded.next_update,
         asked_at = excluded.asked_at, size = excluded.size, bytes = excluded.bytes
       WHERE excluded.this_update >= this_update`,
    ),
    isOver: database.prepare("SELECT count(*) > ? OR total(size) > ? AS is_over FROM revocation_answer"),
    /** Sorts them all: only where some have to go. */
    drop: database.prepare(
      `DELETE FROM revocation_answer WHERE question IN (
         SELECT question FROM (
           SELECT question, row_number() OVER ends AS place, sum(size) OVER ends AS bytes FROM revocation_answer
           WINDOW ends AS (ORDER BY next_update DESC, question)
         ) WHERE place > ? OR bytes > ?)`,
    ),
  };
}
