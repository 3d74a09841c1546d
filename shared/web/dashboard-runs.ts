import type { Hono } from "hono";
import { runRefusal } from "./api/runs.ts";
import type { DashboardEnv } from "./dashboard-env.ts";
import type { WebDeps } from "./deps.ts";
import { htmlResponse, page } from "./pages/layout.ts";
import { problemContent } from "./pages/problem.ts";
import { type Problem, problem } from "./problem.ts";

const DECISIONS = { approve: "approved", reject: "rejected" } as const;
const INCOMPLETE = problem(
  "invalid",
  "Nothing was done.",
  "The form has no reason, or names no run.",
  "Go back and give a reason; the journal keeps it.",
);

/** Answers a stopped run from the first page. One step: the question there says what each answer does. */
export function runPages(app: Hono<DashboardEnv>, deps: WebDeps): void {
  for (const verb of ["approve", "reject"] as const)
    app.post(`/act/${verb}`, async (context) => {
      const { form, session } = context.var;
      const refusal = await decide(deps, verb, form, session.token.name);
      if (refusal === undefined) return context.redirect("/", 303);
      const view = {
        title: verb,
        session,
        version: (await deps.status()).version,
        command: `moorgate brake ${verb} RUN --reason "..."`,
        json: "/api/v1/runs",
      };
      return htmlResponse(page({ ...view, content: problemContent(refusal) }), refusal.status);
    });
}

async function decide(deps: WebDeps, verb: keyof typeof DECISIONS, form: URLSearchParams, name: string): Promise<Problem | undefined> {
  const run = form.get("run") ?? "";
  const reason = (form.get("reason") ?? "").trim().slice(0, 2_000);
  if (run === "" || reason === "") return INCOMPLETE;
  const answer = await deps.operator.decideRun({ run, decision: DECISIONS[verb], actor: { name, reason } });
  return answer.kind === "decided" ? undefined : runRefusal(DECISIONS[verb], answer);
}
