import type { Instant } from "../domain/time.ts";

/** Wall clock. Read once per event at the door; the flow gets `now` as an argument. */
export interface Clock {
  now(): Instant;
}
