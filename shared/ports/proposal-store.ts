import type { Actor } from "../domain/action.ts";
import type { Proposal, ProposalState } from "../domain/proposal.ts";
import type { Instant } from "../domain/time.ts";

/** Acts that wait for a second person, and those that did. Survives a crash like the ledger. */
export interface ProposalStore {
  add(draft: Omit<Proposal, "id" | "state" | "decided">): Promise<Proposal>;
  find(id: string): Promise<Proposal | undefined>;
  /** Newest first. */
  list(query: { readonly state?: ProposalState; readonly limit: number }): Promise<readonly Proposal[]>;
  /** @returns whether it was open and is decided now. */
  decide(id: string, state: Exclude<ProposalState, "open">, by: Actor, at: Instant): Promise<boolean>;
}
