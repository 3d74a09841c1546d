import type { ChainLink } from "../../audit/chain.ts";
import type { SignedHead } from "../../domain/audit-event.ts";

/** Where a chain ends, with its entries that have no number in the journal yet. */
export interface Chain extends Omit<SignedHead, "chain"> {
  readonly tail: readonly Waiting[];
  /** Beginnings of the ids of the last events. */
  readonly told: readonly string[];
  /** The batches that hold its entries, in order; the older ones of a long chain lie apart. */
  readonly places?: readonly BatchPlace[];
}

/** Where a batch lies: the number of its first entry in the journal, and its own. */
export type BatchPlace = readonly [sequence: number, number: number];

export interface Waiting {
  /** Stamp of the step. */
  readonly at: number;
  readonly entry: ChainLink;
}

/** A document that holds a chain: an image's, or the gate's own. */
export interface Holder {
  readonly chain?: Chain;
}
