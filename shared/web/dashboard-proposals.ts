import type { Hono } from "hono";
import { proposalRefusal } from "./api/proposals.ts";
import type { DashboardEnv } from "./dashboard-env.ts";
import type { WebDeps } from "./deps.ts";
import { htmlResponse, page } from "./pages/layout.ts";
import { problemContent } from "./pages/problem.ts";
import { type Problem, problem } from "./problem.ts";

const INCOMPLETE = problem(
  "invalid",
  "Nothing was done.",
  "The form has no reason, or names no proposal.",
  "Go back and give a reason; the journal keeps it.",
);

/** The second person's answer, from the first page. One step: the question there says what would be done. */
export function proposalPages(app: Hono<DashboardEnv>, deps: WebDeps): void {
  for (const verb of ["confirm", "decline"] as const)
    app.post(`/act/${verb}`, async (context) => {
      const { form, session } = context.var;
      const refusal = await decide(deps, verb, form, session.token.name);
      if (refusal === undefined) return context.redirect("/", 303);
      const view = {
        title: verb,
        session,
        version: (await deps.status()).version,
        command: `moorgate proposals ${verb} PROPOSAL --reason "..."`,
        json: "/api/v1/proposals",
      };
      return htmlResponse(page({ ...view, content: problemContent(refusal) }), refusal.status);
    });
}

async function decide(deps: WebDeps, verb: "confirm" | "decline", form: URLSearchParams, name: string): Promise<Problem | undefined> {
  const id = form.get("proposal") ?? "";
  const reason = (form.get("reason") ?? "").trim().slice(0, 2_000);
  if (id === "" || reason === "") return INCOMPLETE;
  const answer = await deps.operator[verb](id, { name, reason });
  return answer.kind === "decided" ? undefined : proposalRefusal(verb, answer);
}
