import type { Hono } from "hono";
import { switchRefusal } from "./api/halt.ts";
import type { DashboardEnv } from "./dashboard-env.ts";
import type { WebDeps } from "./deps.ts";
import { htmlResponse, page } from "./pages/layout.ts";
import { problemContent } from "./pages/problem.ts";
import { type Problem, problem } from "./problem.ts";

const INCOMPLETE = problem("invalid", "Nothing was done.", "The form has no reason.", "Go back and give a reason; the journal keeps it.");

/** Stops the gate from the first page, or lets it go on. One step: whoever stops it is in a hurry. */
export function haltPages(app: Hono<DashboardEnv>, deps: WebDeps): void {
  for (const verb of ["stop", "resume"] as const)
    app.post(`/act/${verb}`, async (context) => {
      const { form, session } = context.var;
      const refusal = await change(deps, verb, (form.get("reason") ?? "").trim().slice(0, 2_000), session.token.name);
      if (refusal === undefined) return context.redirect("/", 303);
      const view = {
        title: verb,
        session,
        version: (await deps.status()).version,
        command: `moorgate brake ${verb} --reason "..."`,
        json: "/api/v1/status",
      };
      return htmlResponse(page({ ...view, content: problemContent(refusal) }), refusal.status);
    });
}

async function change(deps: WebDeps, verb: "stop" | "resume", reason: string, name: string): Promise<Problem | undefined> {
  if (reason === "") return INCOMPLETE;
  const answer = await deps.operator[verb]({ name, reason });
  return answer.kind === "switched" ? undefined : switchRefusal(verb, answer);
}
