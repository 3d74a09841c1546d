import { add, type Instant, parseDuration } from "../../domain/time.ts";

const LEFT_ALONE_FOR = parseDuration("1m");
const MAX_NAMES = 1_000;

/** Who was asked in vain a moment ago. */
export interface Quiet {
  has(name: string, now: Instant): boolean;
  add(name: string, now: Instant): void;
}

export function openQuiet(): Quiet {
  const until = new Map<string, Instant>();
  return {
    has: (name, now) => now < (until.get(name) ?? 0),
    add(name, now) {
      until.delete(name);
      until.set(name, add(now, LEFT_ALONE_FOR));
      const [oldest] = until.keys();
      if (until.size > MAX_NAMES && oldest !== undefined) until.delete(oldest);
    },
  };
}
