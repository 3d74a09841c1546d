import type { Repository } from "./image-ref.ts";
import type { Instant } from "./time.ts";

/** How far a sweep of a registry has come that was ended by its time, or is on its way. */
export interface SweepPlace {
  readonly startedAt: Instant;
  /** Every repository up to this one is compared, in the order of their names; absent: none is. */
  readonly through?: Repository;
  /** Some of it could not be read. */
  readonly hasUnread?: true;
  /** Until then somebody goes on from there; absent: nobody does. */
  readonly workedUntil?: Instant;
}

/** What is known of the sweeps of one registry. */
export interface SweepState {
  /** Where the next one goes on; of one that is killed, where it was a moment before. */
  readonly left?: SweepPlace;
  /** When the last one began that compared it whole. */
  readonly wholeAt?: Instant;
}

/** Nothing is left of it. `wholeAt`: absent where not all could be compared. */
export function ended(before: SweepState, wholeAt = before.wholeAt): SweepState {
  return wholeAt === undefined ? {} : { wholeAt };
}
