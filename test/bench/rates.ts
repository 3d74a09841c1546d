import { round } from "./stats.ts";

/** Length of one turn. */
export const ROUND_MS = 100;
const CHUNK = 50;

/** Calls a second, one for each turn. */
export type Rates = readonly number[];

export function row(name: string, rates: Rates): object {
  return { name, perSecond: Math.round(Math.max(...rates)), turns: rates.length };
}

export function ratio(ours: Rates, theirs: Rates): number {
  return round(Math.max(...ours) / Math.max(...theirs));
}

/** Calls a second over a round. */
export function rateOf(work: () => unknown): number {
  const startedAt = performance.now();
  let done = 0;
  let elapsed = 0;
  while (elapsed < ROUND_MS) {
    for (let call = 0; call < CHUNK; call++) work();
    done += CHUNK;
    elapsed = performance.now() - startedAt;
  }
  return (done / elapsed) * 1000;
}
