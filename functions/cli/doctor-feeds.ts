import type * as z from "zod";
import { between, type Duration, type Instant, parseDuration, parseInstant, printDuration } from "../../shared/domain/time.ts";
import type { StatusView } from "../../shared/web/api/schema-status.ts";
import { type Finding, mend, well } from "./doctor-check.ts";

type Feed = z.output<typeof StatusView>["feeds"][number];

/** The slowest of these feeds changes about weekly: what is older is a copy that nobody renews. */
const OLD: Duration = parseDuration("14d");

/** The age of what is known of attacks, and why it is not renewed where it is not. */
export function lookAtFeed({ name, source, madeAt, checkedAt, entries, fault }: Feed, now: Instant): Finding {
  const what = `feed ${name}`;
  const since = (at: string): string => `${printDuration(between(parseInstant(at), now))} ago`;
  const state = madeAt === undefined ? "nothing was read yet" : `${entries ?? 0} entries, made ${since(madeAt)}`;
  if (fault !== undefined) return mend(what, `${state}; not renewed: ${fault}`, `mend ${source}; what was read last stays in use`);
  if (madeAt !== undefined && between(parseInstant(madeAt), now) > OLD)
    return mend(what, `${state}; its publisher makes one at least each week`, `renew the copy at ${source}`);
  return well(what, checkedAt === undefined ? state : `${state}, read ${since(checkedAt)}`);
}
