import type { Actor } from "./action.ts";
import type { Instant } from "./time.ts";
import type { VerdictKind } from "./verdict.ts";

/** How far the list of all that lay in a registry has been read. What cannot be asked for is not empty. */
export type Listing =
  | { readonly kind: "not-asked" }
  | { readonly kind: "reading"; readonly tags: number }
  | { readonly kind: "fault"; readonly why: string; readonly at: Instant }
  | { readonly kind: "read"; readonly tags: number; readonly at: Instant };

/** What enforcing would do to images that are there, counted. */
export interface TakeOverNumbers {
  readonly images: number;
  readonly verdicts: Readonly<Record<VerdictKind, number>>;
  /** Would be held at once. */
  readonly hold: number;
  /** Violate, and would get a deadline because they are in use, or nobody knows. */
  readonly deadline: number;
  /** Held already, or a person decided otherwise. */
  readonly decided: number;
}

/** A plan that somebody has looked at. */
export interface SeenPlan {
  readonly at: Instant;
  readonly by: string;
  /** Version of the policy that it was made with. */
  readonly policy: string;
  readonly numbers: TakeOverNumbers;
}

/** Whether the gate may act in a registry, or only look until somebody has seen what it would do. */
export type Standing =
  | {
      readonly kind: "taking-over";
      readonly since: Instant;
      readonly listing: Listing;
      /** What its images are judged as; absent until the first is queued. */
      readonly run?: string;
      readonly seen?: SeenPlan;
    }
  /** `known-before`: watched by a version of the program that did not ask. */
  | { readonly kind: "in-charge"; readonly since: Instant; readonly how: "empty" | "known-before" }
  /** The settings say so: what lies there is enforced as it is found, as one run. */
  | { readonly kind: "in-charge"; readonly since: Instant; readonly how: "at-once"; readonly listing: Listing; readonly run?: string }
  | {
      readonly kind: "in-charge";
      readonly since: Instant;
      readonly how: "confirmed";
      readonly by: Actor;
      readonly policy: string;
      /** What its images are judged again as. */
      readonly run: string;
      /** Not all of them are queued yet: a crash leaves it, and whoever looks next goes on. */
      readonly isQueueing?: true;
      /** Some of what lay there could not be judged: what a sweep meets for the first time may be of it, and belongs to the run. */
      readonly hasUnjudged?: true;
    };

export type TakingOver = Extract<Standing, { readonly kind: "taking-over" }>;

/** What lies in a registry is being met for the first time: it is listed, and was not read to its end or nobody has confirmed. */
export function isTakingIn(standing: Standing | undefined): standing is Extract<Standing, { readonly listing: Listing }> {
  if (standing?.kind === "taking-over") return true;
  return standing?.kind === "in-charge" && standing.how === "at-once" && standing.listing.kind !== "read";
}
