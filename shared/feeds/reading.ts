import { ParseError } from "../domain/parse-error.ts";
import type { Instant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";

/** What a feed's bytes say. */
export interface FeedText<Entry> {
  readonly madeAt: Instant;
  readonly entries: ReadonlyMap<string, Entry>;
}

export function malformed(why: string): AdapterError {
  return new AdapterError("malformed", why, { mend: "name the feed as its publisher offers it, or a faithful copy" });
}

/** A date or number that our parsers refuse is a fault of the feed. */
export function inFeed<T>(feed: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseError) throw malformed(`${feed}: ${error.message}`);
    throw error;
  }
}

/** CVE Record Format 5: `CVE-`, a year, and four digits or more. @throws AdapterError malformed */
export function readCveId(text: string): string {
  const id = text.trim();
  if (/^CVE-\d{4}-\d{4,19}$/.test(id)) return id;
  throw malformed("the feed names something that is no CVE id");
}
