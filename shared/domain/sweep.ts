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
  /** When the first one began since then that could not compare it whole; absent: there was none, or it is still on its way. */
  readonly unreadSince?: Instant;
}

/** A sweep that was at `place` came to its end. */
export function ended({ wholeAt, unreadSince }: SweepState, { startedAt, hasUnread }: SweepPlace): SweepState {
  if (hasUnread !== true) return { wholeAt: startedAt };
  return { ...(wholeAt === undefined ? {} : { wholeAt }), unreadSince: unreadSince ?? startedAt };
}

/** Since when sweeps have not compared a registry whole; absent: the last one did, or none has begun. */
export function notWholeSince({ left, unreadSince }: SweepState): Instant | undefined {
  return unreadSince ?? left?.startedAt;
}
