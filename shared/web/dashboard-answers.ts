import type { Hono } from "hono";
import type { Actor } from "../domain/action.ts";
import { switchRefusal } from "./api/halt.ts";
import { proposalRefusal } from "./api/proposals.ts";
import { runRefusal } from "./api/runs.ts";
import type { DashboardEnv } from "./dashboard-env.ts";
import type { WebDeps } from "./deps.ts";
import { htmlResponse, page } from "./pages/layout.ts";
import { problemContent } from "./pages/problem.ts";
import { type Problem, problem } from "./problem.ts";

/** A form of the first page that is answered in one step: the question there says what each answer does. */
interface Answer {
  readonly verb: string;
  /** The form's field that names what is answered; absent: there is only one such thing. */
  readonly about?: "run" | "proposal";
  readonly command: string;
  readonly json: string;
  /** @returns why it was not done */
  readonly give: (deps: WebDeps, actor: Actor, about: string) => Promise<Problem | undefined>;
}

const ANSWERS: readonly Answer[] = [
  ...(["stop", "resume"] as const).map(
    (verb): Answer => ({
      verb,
      command: `brake ${verb}`,
      json: "/api/v1/status",
      give: async ({ operator }, actor) => {
        const answer = await operator[verb](actor);
        return answer.kind === "switched" ? undefined : switchRefusal(verb, answer);
      },
    }),
  ),
  ...(
    [
      ["approve", "approved"],
      ["reject", "rejected"],
    ] as const
  ).map(
    ([verb, decision]): Answer => ({
      verb,
      about: "run",
      command: `brake ${verb} RUN`,
      json: "/api/v1/runs",
      give: async ({ operator }, actor, run) => {
        const answer = await operator.decideRun({ run, decision, actor });
        return answer.kind === "decided" ? undefined : runRefusal(decision, answer);
      },
    }),
  ),
  ...(["confirm", "decline"] as const).map(
    (verb): Answer => ({
      verb,
      about: "proposal",
      command: `proposals ${verb} PROPOSAL`,
      json: "/api/v1/proposals",
      give: async ({ operator }, actor, proposal) => {
        const answer = await operator[verb](proposal, actor);
        return answer.kind === "decided" ? undefined : proposalRefusal(verb, answer);
      },
    }),
  ),
];

export function answerPages(app: Hono<DashboardEnv>, deps: WebDeps): void {
  for (const answer of ANSWERS)
    app.post(`/act/${answer.verb}`, async (context) => {
      const { form, session } = context.var;
      const refusal = await take(deps, answer, form, session.token.name);
      if (refusal === undefined) return context.redirect("/", 303);
      const { verb, command, json } = answer;
      const { version } = await deps.status();
      const view = { title: verb, session, version, command: `moorgate ${command} --reason "..."`, json };
      return htmlResponse(page({ ...view, content: problemContent(refusal) }), refusal.status);
    });
}

async function take(deps: WebDeps, { about, give }: Answer, form: URLSearchParams, name: string): Promise<Problem | undefined> {
  const named = about === undefined ? "" : (form.get(about) ?? "");
  const reason = (form.get("reason") ?? "").trim().slice(0, 2_000);
  if (reason !== "" && (about === undefined || named !== "")) return give(deps, { name, reason }, named);
  const missing = about === undefined ? "The form has no reason." : `The form has no reason, or names no ${about}.`;
  return problem("invalid", "Nothing was done.", missing, "Go back and give a reason; the journal keeps it.");
}
