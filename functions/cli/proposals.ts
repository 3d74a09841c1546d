import type * as z from "zod";
import { printInstant } from "../../shared/domain/time.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { ProposalList, ProposalView } from "../../shared/web/api/schema-proposal.ts";
import { actorOf } from "./act.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import { type Gate, openGate, sameGate } from "./gate.ts";
import { printable } from "./printable.ts";
import { unlessSo } from "./refused.ts";
import type { Call, Run } from "./verb.ts";

type Proposal = z.output<typeof ProposalView>;

export const runProposals: Run = async ({ flags, terminal, asJson }) => {
  const list = await openGate(flags).get("/api/v1/proposals", ProposalList);
  const now = printInstant(systemClock.now());
  const isWaiting = ({ state, expiresAt }: Proposal): boolean => state === "open" && expiresAt > now;
  if (asJson) terminal.printJson(list);
  else if (list.proposals.length === 0) terminal.print("  Nothing waits for a second person, and nothing did.");
  else terminal.print(list.proposals.map((one) => words(one, isWaiting(one), sameGate(flags))).join("\n"));
  return list.proposals.some(isWaiting) ? EXIT.violating : EXIT.fine;
};

function words({ id, act, state, summary, by, reason, expiresAt, decided }: Proposal, isWaiting: boolean, gate: string): string {
  const stand = state === "open" && !isWaiting ? "expired" : state;
  const end = decided === undefined ? "" : ` by ${decided.by}: ${decided.reason}`;
  const line = printable(`  ${isWaiting ? "!" : "+"} ${id}  ${act}, ${stand}${end}\n    ${summary}\n    asked for by ${by}: ${reason}`);
  return isWaiting ? `${line}\n    until ${expiresAt}: moorgate proposals confirm ${id} --reason "..."${gate}` : line;
}

export const runConfirm: Run = (call) => decide(call, "confirm");
export const runDecline: Run = (call) => decide(call, "decline");

async function decide({ flags, words: given, terminal, asJson }: Call, verb: "confirm" | "decline"): Promise<ExitCode> {
  const reason = flags.text("reason")?.trim();
  if (reason === undefined || reason === "")
    throw usageError(`Could not ${verb}`, "no reason was given; it goes into the journal", `add --reason "why"`);
  const id = given[0] ?? "";
  const gate = openGate(flags);
  const asked = gate.post(`/api/v1/proposals/${encodeURIComponent(id)}/${verb}`, { reason, ...actorOf(flags.text("actor")) }, ProposalView);
  const decided = await unlessSo(asked, async () => (verb === "decline" ? declinedSo(gate, id) : undefined));
  if (asJson) terminal.printJson(decided);
  else if ("kind" in decided) terminal.print(`  NOTHING TO DO  ${decided.id} is declined already`);
  else terminal.print(printable(`  ${verb === "confirm" ? "CONFIRMED" : "DECLINED "}  ${decided.id}: ${decided.summary}`));
  return EXIT.fine;
}

/** Only what was declined stays so: whether an act that was confirmed is in force, its proposal does not say. */
async function declinedSo(gate: Gate, id: string): Promise<({ readonly kind: "there" } & Proposal) | undefined> {
  const { proposals } = await gate.get("/api/v1/proposals?state=declined", ProposalList);
  const proposal = proposals.find((each) => each.id === id);
  return proposal === undefined ? undefined : { kind: "there", ...proposal };
}
