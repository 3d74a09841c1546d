import { add, type Duration, type Instant } from "../domain/time.ts";

/** All that a door has to know of a piece of work: acknowledge, hand back for later, or give up and say so. */
export type WorkOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly at: Instant; readonly why: string }
  | { readonly kind: "park"; readonly why: string };

export const DONE: WorkOutcome = { kind: "done" };

/** In case that the other side does not say how long to wait. */
const SOON_MS = 1_000;

/** `afterMs`: what a registry that is unwell asked us to wait, if it did. */
export function retryLater(why: string, afterMs: number | undefined, now: Instant): WorkOutcome {
  return { kind: "retry", at: add(now, (afterMs ?? SOON_MS) as Duration), why };
}
