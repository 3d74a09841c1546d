import { ParseError } from "../../shared/domain/parse-error.ts";
import { type Instant, parseInstant } from "../../shared/domain/time.ts";

const LAST_OF_DAY = "T23:59:59.999Z";

/**
 * `2026-10-01` is the end of that day in UTC: everything that was known on it. A whole time is that instant. Nothing given: now. The end of
 * today is now.
 * @throws ParseError
 */
export function parseAsOf(text: string | undefined, now: Instant, flag = "--as-of"): Instant {
  if (text === undefined) return now;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  try {
    const at = parseInstant(isDay ? text + LAST_OF_DAY : text, flag);
    return isDay && at > now && parseInstant(`${text}T00:00:00Z`) <= now ? now : at;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new ParseError(flag, `${JSON.stringify(text)} is no day and no time`, "write 2026-10-01, or 2026-10-01T08:00:00Z");
  }
}
