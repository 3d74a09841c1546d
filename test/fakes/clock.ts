import { type Instant, instant } from "../../shared/domain/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";

/** A clock that goes only when it is told to. */
export interface HandClock extends Clock {
  forward(milliseconds: number): void;
}

export function openHandClock(start: Instant): HandClock {
  let at = start;
  return {
    now: () => at,
    forward(milliseconds) {
      at = instant(at + milliseconds);
    },
  };
}
