import { createHash } from "node:crypto";
import { canonicalJson } from "../audit/canonical.ts";
import { proposed } from "../audit/record.ts";
import type { Actor } from "../domain/action.ts";
import { type GuardedAct, isSamePerson, type Proposal } from "../domain/proposal.ts";
import { add, parseDuration, printInstant } from "../domain/time.ts";
import type { DecidedProposal, Put } from "../ports/operator.ts";
import type { ProposalStore } from "../ports/proposal-store.ts";
import { type ActDeps, type Described, GUARDED } from "./guarded-acts.ts";

export interface ProposalDeps extends ActDeps {
  readonly proposals: ProposalStore;
  /** Of the policy in force: what was asked for under another is asked for anew. */
  readonly policyVersion: () => string;
}

const LASTS_FOR = parseDuration("24h");
const MOST_OPEN = 100;

/** Writes down what one person asks for, for another to confirm. The same asked twice is one proposal. Nothing is done yet. */
export async function propose(deps: ProposalDeps, act: GuardedAct, subject: string, by: Actor): Promise<Put> {
  const described = await GUARDED[act].describe(deps, subject);
  if (described.kind !== "described") return described;
  const content = contentOf(deps, described);
  const open = await deps.proposals.list({ state: "open", limit: MOST_OPEN });
  const at = deps.clock.now();
  const same = open.find(
    (one) => one.act === act && one.subject === subject && one.content === content && isSamePerson(one.by, by) && one.expiresAt > at,
  );
  if (same !== undefined) return put(same);
  const proposal = await deps.proposals.add({
    act,
    subject,
    summary: described.summary,
    content,
    by,
    at,
    expiresAt: add(at, LASTS_FOR),
  });
  await deps.ledger.append([proposed(proposal, "proposed", by, at)]);
  return put(proposal);
}

function put({ id, expiresAt }: Proposal): Put {
  return {
    kind: "proposed",
    why: `it takes two people: ${id} waits until ${printInstant(expiresAt)} for another person who has the role approver`,
    mend: `that person confirms it with \`moorgate proposals confirm ${id}\``,
  };
}

/** All that the act is about, and the policy by which it would be done. */
function contentOf({ policyVersion }: ProposalDeps, { about }: Extract<Described, { readonly kind: "described" }>): string {
  return createHash("sha256")
    .update(canonicalJson({ about, policy: policyVersion() }))
    .digest("hex");
}

/** Does what was asked for, as it was seen: where the world is another by now, the proposal is void. May be repeated after a crash. */
export async function confirm(deps: ProposalDeps, id: string, by: Actor): Promise<DecidedProposal> {
  const proposal = await waiting(deps, id, "confirmed");
  if ("kind" in proposal) return proposal;
  if (isSamePerson(proposal.by, by))
    return refused(`${by.name} asked for it`, "another person who has the role approver confirms it; each by a token of their own");
  const now = deps.clock.now();
  if (proposal.expiresAt <= now) return refused(`its time was over ${printInstant(proposal.expiresAt)}`, "ask for it again");
  const { describe, perform } = GUARDED[proposal.act];
  const described = await describe(deps, proposal.subject);
  const isAsSeen = described.kind === "described" && contentOf(deps, described) === proposal.content;
  if (!isAsSeen) {
    if (proposal.state === "open") await decide(deps, proposal, "void", by);
    const why = described.kind === "described" ? "what it is about, or the policy, has changed since" : described.why;
    return refused(`it is void: ${why}`, "look again, and ask for it again");
  }
  if (proposal.state === "open" && !(await decide(deps, proposal, "confirmed", by)))
    return refused("somebody else decided just now", "list it again");
  const reason = `${proposal.by.reason} (confirmed by ${by.name}: ${by.reason})`;
  const done = await perform(deps, proposal.subject, { name: proposal.by.name, reason });
  return done.kind === "done" ? decidedAs(deps, proposal) : done;
}

export async function decline(deps: ProposalDeps, id: string, by: Actor): Promise<DecidedProposal> {
  const proposal = await waiting(deps, id, "declined");
  if ("kind" in proposal) return proposal;
  if (proposal.state !== "open" || !(await decide(deps, proposal, "declined", by)))
    return refused(`it is ${proposal.state}`, "nothing has to be done");
  return decidedAs(deps, proposal);
}

/** One that was confirmed may be confirmed once more: a crash may have come before the act. */
async function waiting(
  { proposals }: ProposalDeps,
  id: string,
  as: "confirmed" | "declined",
): Promise<Proposal | Exclude<DecidedProposal, { kind: "decided" }>> {
  const proposal = await proposals.find(id);
  if (proposal === undefined)
    return { kind: "not-found", why: `no proposal ${id} is known`, mend: "list them with `moorgate proposals list`" };
  if (proposal.state === "open" || (proposal.state === "confirmed" && as === "confirmed")) return proposal;
  return refused(`it is ${proposal.state} already`, "ask for the act again where it is still wanted");
}

async function decide(
  { proposals, ledger, clock }: ProposalDeps,
  proposal: Proposal,
  state: "confirmed" | "declined" | "void",
  by: Actor,
): Promise<boolean> {
  const at = clock.now();
  // Asked for in one turn, so that the store writes them together.
  const [isDecided] = await Promise.all([proposals.decide(proposal.id, state, by, at), ledger.append([proposed(proposal, state, by, at)])]);
  return isDecided;
}

async function decidedAs({ proposals }: ProposalDeps, before: Proposal): Promise<DecidedProposal> {
  return { kind: "decided", proposal: (await proposals.find(before.id)) ?? before };
}

function refused(why: string, mend: string): { readonly kind: "refused"; readonly why: string; readonly mend: string } {
  return { kind: "refused", why, mend };
}
