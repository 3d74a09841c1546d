import type { Actor } from "./action.ts";
import type { Instant } from "./time.ts";

/** Acts that can be asked of two people. `brake-approve`: a stopped run goes on. `resume`: a stopped gate acts again. */
export const GUARDED_ACTS = ["brake-approve", "resume"] as const;
export type GuardedAct = (typeof GUARDED_ACTS)[number];

/** What settings can name. `delete` and `emergency`: every such run stops before its first act, and it takes two that it goes on. */
export const TWO_PEOPLE = [...GUARDED_ACTS, "delete", "emergency"] as const;
export type TwoPeople = (typeof TWO_PEOPLE)[number];

/** `void`: what it was about is not as it was any more. One whose time is over stays `open`, and can be confirmed no more. */
export const PROPOSAL_STATES = ["open", "confirmed", "declined", "void"] as const;
export type ProposalState = (typeof PROPOSAL_STATES)[number];

/** An act that one person asked for and that another has to confirm. */
export interface Proposal {
  /** `proposal-3` */
  readonly id: string;
  readonly act: GuardedAct;
  /** Id of the run for `brake-approve`; empty for `resume`. */
  readonly subject: string;
  /** What would be done, as it stood when it was asked for. */
  readonly summary: string;
  /** Hash of all that it is about: it is confirmed as it was seen, or not at all. */
  readonly content: string;
  readonly by: Actor;
  readonly at: Instant;
  readonly expiresAt: Instant;
  readonly state: ProposalState;
  readonly decided?: { readonly at: Instant; readonly by: Actor };
}

/** Names are one person's however they are written. */
export function isSamePerson(a: Actor, b: Actor): boolean {
  return a.name.toLowerCase() === b.name.toLowerCase();
}
