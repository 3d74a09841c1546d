import type { Clock } from "../../ports/clock.ts";

/** An answer that is good for a while; a failed question is asked anew. */
export function remembered<T>(
  ask: (signal?: AbortSignal) => Promise<T>,
  forMs: number,
  clock: Clock,
): (signal?: AbortSignal) => Promise<T> {
  let known: { readonly answer: T; readonly until: number } | undefined;
  return async (signal) => {
    if (known !== undefined && clock.now() < known.until) return known.answer;
    const answer = await ask(signal);
    known = { answer, until: clock.now() + forMs };
    return answer;
  };
}
