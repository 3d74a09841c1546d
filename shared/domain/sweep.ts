import type { Repository } from "./image-ref.ts";
import type { Instant } from "./time.ts";

/** Where a sweep of a registry was ended by its time. */
export interface SweepPlace {
  readonly startedAt: Instant;
  /** Every repository up to this one is compared, in the order of their names; absent: none is. */
  readonly through?: Repository;
  /** Some of it could not be read. */
  readonly hasUnread?: boolean;
}

/** What is known of the sweeps of one registry. */
export interface SweepState {
  /** Where the next one goes on. One that is killed leaves the place that it began from. */
  readonly left?: SweepPlace;
  /** When the last one began that compared it whole. */
  readonly wholeAt?: Instant;
}

/** Nothing is left of it. `wholeAt`: absent where not all could be compared. */
export function ended(before: SweepState, wholeAt = before.wholeAt): SweepState {
  return wholeAt === undefined ? {} : { wholeAt };
}
