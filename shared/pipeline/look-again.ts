import type { ImageEvidence } from "../domain/evidence.ts";
import { add, type Duration, type Instant, parseDuration } from "../domain/time.ts";
import type { Verdict } from "../domain/verdict.ts";

/** Whoever answers that an answer holds for a moment only is not asked without end. */
const NOT_SOONER: Duration = parseDuration("1m");
/** What could not be asked for may have come meanwhile, and its event is gone. */
const AFTER_FAULT: Duration = parseDuration("30m");

/**
 * When the image is to be judged again though nothing happens to it: when the policy says another thing of the same facts, when what is known of a
 * signature ends (also where no rule asks for it: that it is not signed any more is told), or when signatures could not be asked for.
 */
export function lookAgainAt({ recheckAt }: Verdict, { signatures }: ImageEvidence, now: Instant): Instant | undefined {
  const soonest = add(now, NOT_SOONER);
  const ends = signatures.kind === "examined" ? signatures.signatures.flatMap(({ goodUntil }) => goodUntil ?? []) : [add(now, AFTER_FAULT)];
  const times = [
    ...(recheckAt === undefined ? [] : [recheckAt]),
    ...ends.filter((end) => end >= now).map((end) => (end < soonest ? soonest : end)),
  ];
  return times.length === 0 ? undefined : times.reduce((a, b) => (a < b ? a : b));
}
