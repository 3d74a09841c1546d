import type { DatabaseSync } from "node:sqlite";
import { newsOf } from "../../audit/run-news.ts";
import type { AuditEvent } from "../../domain/audit-event.ts";
import { printImageKey } from "../../domain/image-ref.ts";
import { isEmergency, RUN_CAUSES, RUN_STATES } from "../../domain/run.ts";
import { NEWS, type NewsCounts, type RunNews, URGENT_NEWS } from "../../domain/run-news.ts";
import { instant } from "../../domain/time.ts";
import type { UntoldRun } from "../../ports/run-store.ts";
import { oneOf, type Row, text, whole } from "./row.ts";

/** Places and images that a summary names. */
const MOST_NAMED = 10;

/** Counts what happens in runs, in the transaction in which it happens. */
export function openNewsCount(database: DatabaseSync): (event: AuditEvent) => void {
  const add = database.prepare(
    `INSERT INTO run_news (run, news, place, count, images, first_at, last_at) VALUES (coalesce((SELECT replaced_by FROM run WHERE id = ?1), ?1), ?2, ?3, 1, json_array(?4), ?5, ?5)
     ON CONFLICT DO UPDATE SET count = count + 1, last_at = max(last_at, excluded.last_at),
       images = iif(json_array_length(images) < ${MOST_NAMED}, json_insert(images, '$[#]', ?4), images)`,
  );
  return (event) => {
    const { partOf } = event;
    // An emergency tells of itself.
    if (partOf === undefined || isEmergency(partOf)) return;
    const news = newsOf(event);
    if (news === undefined) return;
    const { place, name } = subjectOf(event);
    add.run(partOf, news, place, name, event.at);
  };
}

function subjectOf(event: AuditEvent): { readonly place: string; readonly name: string } {
  if ("image" in event) return { place: `${event.image.registry}/${event.image.repository}`, name: printImageKey(event.image) };
  return { place: "", name: event.kind === "parked" ? event.work : "" };
}

export interface NewsTables {
  untold(): readonly UntoldRun[];
  /** `undefined` where there is nothing to tell of the run. */
  news(run: string): RunNews | undefined;
  told(run: string, isAlerted: boolean): void;
}

export function openNews(database: DatabaseSync): NewsTables {
  const urgent = URGENT_NEWS.map((news) => `'${news}'`).join(", ");
  const statements = {
    untold: database.prepare("SELECT run, min(first_at) AS first_at, max(last_at) AS last_at FROM run_news GROUP BY run ORDER BY first_at"),
    run: database.prepare("SELECT id, cause, state, is_alerted FROM run WHERE id = ?"),
    counts: database.prepare("SELECT news, sum(count) AS count, min(first_at) AS first_at FROM run_news WHERE run = ? GROUP BY news"),
    places: database.prepare(
      `SELECT place, sum(count) AS count FROM run_news WHERE run = ? AND news IN (${urgent}) AND place <> ''
       GROUP BY place ORDER BY count DESC, place LIMIT ${MOST_NAMED}`,
    ),
    images: database.prepare(
      `SELECT DISTINCT value AS image FROM run_news, json_each(run_news.images) WHERE run = ? AND news IN (${urgent}) ORDER BY image LIMIT ${MOST_NAMED}`,
    ),
    forget: database.prepare("DELETE FROM run_news WHERE run = ?"),
    mark: database.prepare("UPDATE run SET is_alerted = ? WHERE id = ?"),
  };
  return {
    untold: () =>
      statements.untold.all().map((row) => {
        return { run: text(row, "run"), since: instant(whole(row, "first_at")), lastAt: instant(whole(row, "last_at")) };
      }),
    news(id) {
      const row = statements.run.get(id);
      const counted = statements.counts.all(id);
      if (row === undefined || counted.length === 0) return undefined;
      return {
        run: { id: text(row, "id"), cause: oneOf(RUN_CAUSES, row, "cause") },
        state: oneOf(RUN_STATES, row, "state"),
        since: instant(Math.min(...counted.map((each) => whole(each, "first_at")))),
        counts: countsOf(counted),
        places: statements.places.all(id).map((each) => ({ place: text(each, "place"), count: whole(each, "count") })),
        images: statements.images.all(id).map((each) => text(each, "image")),
        isAlerted: whole(row, "is_alerted") === 1,
      };
    },
    told(run, isAlerted) {
      statements.forget.run(run);
      statements.mark.run(isAlerted ? 1 : 0, run);
    },
  };
}

function countsOf(rows: readonly Row[]): NewsCounts {
  return Object.fromEntries(rows.map((row) => [oneOf(NEWS, row, "news"), whole(row, "count")]));
}
