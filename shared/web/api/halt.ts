import * as z from "zod";
import { printInstant } from "../../domain/time.ts";
import type { Switched } from "../../ports/operator.ts";
import { type Problem, problem } from "../problem.ts";
import { actorOf, sentence } from "./acts.ts";
import { jsonBody, ok, type Route, route } from "./route.ts";
import { SwitchedView, SwitchRequest } from "./schema-status.ts";

/** The switch that stops all that the gate does of itself. */
export const haltRoutes: readonly Route[] = [
  switching("stop", "Stop all that the gate does of itself, in every process, from its next act on. People may still act."),
  switching("resume", "Let the gate act again; what it was kept from is judged again first."),
];

function switching(verb: "stop" | "resume", summary: string): Route {
  return route({
    method: "post",
    path: `/api/v1/brake/${verb}`,
    id: `${verb}Gate`,
    summary,
    role: "operator",
    params: z.object({}),
    query: z.strictObject({}),
    body: jsonBody(SwitchRequest),
    answer: SwitchedView,
    refusals: [409],
    run: async ({ deps, token }, { body }) => {
      const answer = await deps.operator[verb](actorOf(token, body));
      if (answer.kind !== "switched") return { kind: "problem", problem: switchRefusal(verb, answer) };
      const { halt, queued } = answer;
      return ok({ queued, ...(halt.kind === "going" ? {} : { halted: haltedView(halt) }) });
    },
  });
}

export function haltedView({
  since,
  by,
}: {
  readonly since: Parameters<typeof printInstant>[0];
  readonly by: { readonly name: string; readonly reason: string };
}): {
  since: string;
  by: string;
  reason: string;
} {
  return { since: printInstant(since), by: by.name, reason: by.reason };
}

/** Why the switch was not moved. */
export function switchRefusal(verb: "stop" | "resume", { kind, why, mend }: Exclude<Switched, { readonly kind: "switched" }>): Problem {
  return problem(kind, verb === "stop" ? "The gate was not stopped." : "The gate was not let go on.", sentence(why), sentence(mend));
}
