import * as z from "zod";
import { PROPOSAL_STATES, type Proposal } from "../../domain/proposal.ts";
import { printInstant } from "../../domain/time.ts";
import type { DecidedProposal } from "../../ports/operator.ts";
import { type Problem, problem } from "../problem.ts";
import { actorOf, sentence } from "./acts.ts";
import { jsonBody, noBody, ok, type Route, route } from "./route.ts";
import { ProposalList, ProposalRequest, ProposalView } from "./schema-proposal.ts";

/** Acts that take two people, and what the second one says. */
export const proposalRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/api/v1/proposals",
    id: "proposals",
    summary: "Acts that one person asked for and that wait, or waited, for another.",
    role: "reader",
    params: z.object({}),
    query: z.strictObject({ state: z.enum(PROPOSAL_STATES).optional() }),
    body: noBody,
    answer: ProposalList,
    refusals: [400],
    run: async ({ deps }, { query }) => ok({ proposals: (await deps.operator.proposals(query.state)).map(proposalView) }),
  }),
  deciding("confirm", "Do what another person asked for, as it was seen: where the world is another by now, nothing is done."),
  deciding("decline", "Do not do what another person asked for."),
];

function deciding(verb: "confirm" | "decline", summary: string): Route {
  return route({
    method: "post",
    path: `/api/v1/proposals/{proposal}/${verb}`,
    id: `${verb}Proposal`,
    summary,
    role: "approver",
    params: z.object({ proposal: z.string().max(100) }),
    query: z.strictObject({}),
    body: jsonBody(ProposalRequest),
    answer: ProposalView,
    refusals: [404, 409],
    run: async ({ deps, token }, { params, body }) => {
      const answer = await deps.operator[verb](params.proposal, actorOf(token, body));
      if (answer.kind !== "decided") return { kind: "problem", problem: proposalRefusal(verb, answer) };
      return ok(proposalView(answer.proposal));
    },
  });
}

/** Why a proposal was not decided. */
export function proposalRefusal(
  verb: "confirm" | "decline",
  { kind, why, mend }: Exclude<DecidedProposal, { readonly kind: "decided" }>,
): Problem {
  return problem(
    kind,
    verb === "confirm" ? "The proposal was not confirmed." : "The proposal was not declined.",
    sentence(why),
    sentence(mend),
  );
}

function proposalView({ at, expiresAt, by, decided, ...rest }: Proposal): z.output<typeof ProposalView> {
  return {
    ...rest,
    by: by.name,
    reason: by.reason,
    at: printInstant(at),
    expiresAt: printInstant(expiresAt),
    ...(decided === undefined ? {} : { decided: { at: printInstant(decided.at), by: decided.by.name, reason: decided.by.reason } }),
  };
}
