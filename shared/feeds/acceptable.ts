import type { Snapshot } from "../domain/threat.ts";
import { type Instant, printInstant } from "../domain/time.ts";
import type { FeedText } from "./reading.ts";

/** A feed that shrinks by more than this was cut off, or is another one. */
const LEAST_SHARE = 0.9;
/** Clocks run apart; a snapshot from further ahead would have every honest one refused after it. */
const AHEAD_MS = 86_400_000;

/** @returns why the next snapshot must not take the place of the one before; `undefined` where it may. */
export function refusal<Entry>(before: Snapshot<Entry> | undefined, next: FeedText<Entry>, now: Instant): string | undefined {
  if (next.madeAt > now + AHEAD_MS) return `it was made ${printInstant(next.madeAt)}, which is in the future`;
  if (before === undefined) return next.entries.size === 0 ? "it has no entry" : undefined;
  if (next.madeAt < before.madeAt)
    return `it was made ${printInstant(next.madeAt)}, before the one in use (${printInstant(before.madeAt)})`;
  if (next.entries.size < before.entries.size * LEAST_SHARE)
    return `it has ${next.entries.size} entries, the one in use has ${before.entries.size}`;
  return undefined;
}
