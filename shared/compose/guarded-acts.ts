import type { GuardedAct } from "../domain/proposal.ts";
import { decideRun } from "../pipeline/decide-run.ts";
import type { GateDeps } from "../pipeline/deps.ts";
import { confirm, decline, propose } from "../pipeline/four-eyes.ts";
import { resumeActing, stopActing } from "../pipeline/halt.ts";
import type { Operator } from "../ports/operator.ts";
import type { ProposalStore } from "../ports/proposal-store.ts";

const MOST_PROPOSALS = 100;

export type GuardedOperator = Pick<Operator, "decideRun" | "stop" | "resume" | "proposals" | "confirm" | "decline">;

/** What can be asked of two people. To stop, to reject and to decline never is: it keeps things as they are. */
export function guardedActs(gate: GateDeps, proposals: ProposalStore, acts: readonly GuardedAct[] = []): GuardedOperator {
  const deps = { ...gate, proposals, policyVersion: () => gate.policy().policy.id.version };
  return {
    decideRun: (request) =>
      request.decision === "approved" && acts.includes("brake-approve")
        ? propose(deps, "brake-approve", request.run, request.actor)
        : decideRun(deps, request),
    stop: (by) => stopActing(deps, by),
    resume: (by) => (acts.includes("resume") ? propose(deps, "resume", "", by) : resumeActing(deps, by)),
    proposals: (state) => proposals.list({ limit: MOST_PROPOSALS, ...(state === undefined ? {} : { state }) }),
    confirm: (id, by) => confirm(deps, id, by),
    decline: (id, by) => decline(deps, id, by),
  };
}
