import { ParseError } from "../../shared/domain/parse-error.ts";
import { type Instant, parseInstant } from "../../shared/domain/time.ts";

/** The start of a day in UTC, or a whole time. @throws ParseError */
export function parseDay(text: string, flag: string): Instant {
  try {
    return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new ParseError(flag, `${JSON.stringify(text)} is no day`, "write 2026-12-31");
  }
}
