import type { TwoPeople } from "../domain/proposal.ts";
import { isDeletionRun, isEmergency, type RunCause } from "../domain/run.ts";
import { decideRun } from "../pipeline/decide-run.ts";
import type { GateDeps } from "../pipeline/deps.ts";
import { confirm, decline, propose } from "../pipeline/four-eyes.ts";
import { resumeActing, stopActing } from "../pipeline/halt.ts";
import type { Operator } from "../ports/operator.ts";
import type { ProposalStore } from "../ports/proposal-store.ts";

const MOST_PROPOSALS = 100;

export type GuardedOperator = Pick<Operator, "decideRun" | "stop" | "resume" | "proposals" | "confirm" | "decline">;

/** Runs that ask before their first act. */
export function askingRuns(acts: readonly TwoPeople[] = []): readonly RunCause[] {
  return [...(acts.includes("delete") ? (["deletion"] as const) : []), ...(acts.includes("emergency") ? (["emergency"] as const) : [])];
}

function takesTwo(acts: readonly TwoPeople[], run: string): boolean {
  if (acts.includes("brake-approve")) return true;
  return (acts.includes("delete") && isDeletionRun(run)) || (acts.includes("emergency") && isEmergency(run));
}

/** What can be asked of two people. To stop, to reject and to decline never is: it keeps things as they are. */
export function guardedActs(gate: GateDeps, proposals: ProposalStore, acts: readonly TwoPeople[] = []): GuardedOperator {
  const deps = { ...gate, proposals, policyVersion: () => gate.policy().policy.id.version };
  return {
    decideRun: (request) =>
      request.decision === "approved" && takesTwo(acts, request.run)
        ? propose(deps, "brake-approve", request.run, request.actor)
        : decideRun(deps, request),
    stop: (by) => stopActing(deps, by),
    resume: (by) => (acts.includes("resume") ? propose(deps, "resume", "", by) : resumeActing(deps, by)),
    proposals: (state) => proposals.list({ limit: MOST_PROPOSALS, ...(state === undefined ? {} : { state }) }),
    confirm: (id, by) => confirm(deps, id, by),
    decline: (id, by) => decline(deps, id, by),
  };
}
