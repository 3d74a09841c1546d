import type * as z from "zod";
import { between, type Instant, parseInstant, printDuration } from "../../shared/domain/time.ts";
import { count } from "../../shared/runtime/lenient.ts";
import type { PlaceView } from "../../shared/web/api/schema-usage.ts";
import { type Finding, mend, well } from "./doctor-check.ts";

/** Whether it is known what a place runs, and how old that is. */
export function lookAtPlace({ name, seenAt, images, unmatched, isSilent, isExpected }: z.output<typeof PlaceView>, now: Instant): Finding {
  const what = `place ${name}`;
  const age = seenAt === "never" ? "has never reported what it runs" : `reported ${printDuration(between(parseInstant(seenAt), now))} ago`;
  const doubts = unmatched === 0 ? "" : `, ${count(unmatched, "workload", "workloads")} without a digest`;
  if (isSilent) return mend(what, `${age}: every image counts as in use there`, `have it run \`moorgate report-usage --place ${name}\``);
  if (!isExpected) return mend(what, `${age}, and is not expected any more: its last word still counts`, `moorgate usage forget ${name}`);
  return well(what, `${age}: ${count(images, "image", "images")}${doubts}`);
}
