import type { AuditEvent } from "../domain/audit-event.ts";
import { summaryWords, URGENT_NEWS } from "../domain/run-news.ts";
import { PRODUCT, short } from "./ocsf-event.ts";
import { ALERT, LOGGED, OBSERVED, SEVERITY_IDS } from "./ocsf-tables.ts";
import { SUCCESS, type Told } from "./ocsf-told.ts";

type Summary = Extract<AuditEvent, { readonly kind: "summary" }>;

const INFORMATIONAL = 1;

/** One alert for all that a run found and did, where there is anything to look at. */
export function tellSummary(event: Summary): Told {
  const { run, cause, counts, places, images, isAlert, isSettled, since } = event;
  const words = summaryWords(event);
  return {
    code: "gate.run.summary",
    severity: isAlert ? SEVERITY_IDS.high : INFORMATIONAL,
    message: `run ${run} (${cause})${isSettled ? "" : " goes on"}: ${words}`,
    operation: "evaluate",
    requestId: run,
    actor: { app_name: PRODUCT },
    action: OBSERVED,
    disposition: isAlert ? ALERT : LOGGED,
    isAlert,
    status: SUCCESS,
    statusCode: isSettled ? "settled" : "under-way",
    detail: words,
    count: URGENT_NEWS.reduce((sum, news) => sum + (counts[news] ?? 0), 0),
    own: { run, cause, since, counts, places: places.map(({ place, count }) => ({ place: short(place), count })), images },
  };
}
