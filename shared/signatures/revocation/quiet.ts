import { add, type Instant, parseDuration } from "../../domain/time.ts";

const LEFT_ALONE_FOR = parseDuration("1m");
const MAX_NAMES = 1_000;

/** Who was asked in vain a moment ago. */
export interface Quiet {
  /** Why in vain; `undefined`: it was not asked, or not lately. */
  why(name: string, now: Instant): string | undefined;
  add(name: string, why: string, now: Instant): void;
}

export function openQuiet(): Quiet {
  const names = new Map<string, { readonly why: string; readonly until: Instant }>();
  return {
    why(name, now) {
      const known = names.get(name);
      return known !== undefined && now < known.until ? known.why : undefined;
    },
    add(name, why, now) {
      names.delete(name);
      names.set(name, { why, until: add(now, LEFT_ALONE_FOR) });
      const [oldest] = names.keys();
      if (names.size > MAX_NAMES && oldest !== undefined) names.delete(oldest);
    },
  };
}
