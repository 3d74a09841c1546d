import type * as z from "zod";
import { between, type Instant, parseInstant, printDuration } from "../../shared/domain/time.ts";
import type { StatusView } from "../../shared/web/api/schema.ts";
import { type Finding, mend, well } from "./doctor-check.ts";

type Feed = z.output<typeof StatusView>["feeds"][number];

/** The age of what is known of attacks, and why it is not renewed where it is not. */
export function lookAtFeed({ name, source, madeAt, checkedAt, entries, fault }: Feed, now: Instant): Finding {
  const what = `feed ${name}`;
  const since = (at: string): string => `${printDuration(between(parseInstant(at), now))} ago`;
  const state = madeAt === undefined ? "nothing was read yet" : `${entries ?? 0} entries, made ${since(madeAt)}`;
  if (fault !== undefined) return mend(what, `${state}; not renewed: ${fault}`, `mend ${source}; what was read last stays in use`);
  return well(what, checkedAt === undefined ? state : `${state}, read ${since(checkedAt)}`);
}
