import { type Instant, instant } from "../domain/time.ts";

/** When what a step knows counts from: it is newer than what was known before it (`known`), whatever their clocks say. */
export function notBefore(known: Instant | undefined, at: Instant): Instant {
  return known !== undefined && at < known ? instant(known + 1) : at;
}
