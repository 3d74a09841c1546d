import type { Instant } from "../domain/time.ts";

/** All that a door has to know of a piece of work: acknowledge, hand back for later, or give up and say so. */
export type WorkOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly at: Instant; readonly why: string }
  | { readonly kind: "park"; readonly why: string };

export const DONE: WorkOutcome = { kind: "done" };
