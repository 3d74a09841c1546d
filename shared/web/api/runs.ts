import * as z from "zod";
import { RUN_STATES, type Run, type RunDecision } from "../../domain/run.ts";
import { printInstant } from "../../domain/time.ts";
import type { DecidedRun } from "../../ports/operator.ts";
import { type Problem, problem } from "../problem.ts";
import { actorOf, sentence } from "./acts.ts";
import { jsonBody, noBody, ok, type Route, route } from "./route.ts";
import { DecidedRunView, RunDecisionRequest, RunList, type RunView } from "./schema.ts";

/** Runs, and the answer to one that the brake stopped. */
export const runRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/api/v1/runs",
    id: "runs",
    summary: "Runs that held something, or were stopped because they would have held too much.",
    role: "reader",
    params: z.object({}),
    query: z.strictObject({ state: z.enum(RUN_STATES).optional() }),
    body: noBody,
    answer: RunList,
    refusals: [400],
    run: async ({ deps }, { query }) => ok({ runs: (await deps.operator.runs(query.state)).map(runView) }),
  }),
  decision("approve", "approved", "Let a stopped run go on: its images are judged again, and held where they still violate."),
  decision("reject", "rejected", "End a stopped run: its images stay free until another reason or run."),
];

function decision(verb: "approve" | "reject", decided: RunDecision, summary: string): Route {
  return route({
    method: "post",
    path: `/api/v1/runs/{run}/${verb}`,
    id: `${verb}Run`,
    summary,
    role: "operator",
    params: z.object({ run: z.string().max(100) }),
    query: z.strictObject({}),
    body: jsonBody(RunDecisionRequest),
    answer: DecidedRunView,
    refusals: [404, 409],
    run: async ({ deps, token }, { params, body }) => {
      const answer = await deps.operator.decideRun({ run: params.run, decision: decided, actor: actorOf(token, body) });
      if (answer.kind !== "decided") return { kind: "problem", problem: runRefusal(decided, answer) };
      return ok({ run: runView(answer.run), queued: answer.queued });
    },
  });
}

/** Why a run was not decided. */
export function runRefusal(decided: RunDecision, { kind, why, mend }: Exclude<DecidedRun, { readonly kind: "decided" }>): Problem {
  return problem(kind, `The run was not ${decided}.`, sentence(why), sentence(mend));
}

export function runView({ id, cause, startedAt, state, held, waiting, stop, decided }: Run): z.output<typeof RunView> {
  return {
    id,
    cause,
    startedAt: printInstant(startedAt),
    state,
    held,
    waiting,
    ...(stop === undefined ? {} : { stoppedAt: printInstant(stop.at), why: stop.why }),
    ...(decided === undefined ? {} : { decided: { at: printInstant(decided.at), by: decided.by.name, reason: decided.by.reason } }),
  };
}
