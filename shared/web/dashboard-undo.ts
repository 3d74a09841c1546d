import type { Hono } from "hono";
import { undoRefusal } from "./api/undo.ts";
import { quoted } from "./dashboard-acts.ts";
import type { DashboardEnv } from "./dashboard-env.ts";
import type { WebDeps } from "./deps.ts";
import type { Html } from "./pages/html.ts";
import { htmlResponse, page } from "./pages/layout.ts";
import { problemContent } from "./pages/problem.ts";
import { type UndoForm, undoPage, undoPlanPage } from "./pages/undo.ts";
import { type Problem, problem } from "./problem.ts";
import type { Session } from "./session.ts";

const INCOMPLETE = problem(
  "invalid",
  "Nothing was undone.",
  "The form has no reason, or names no action.",
  "Go back and give a reason; the journal keeps it.",
);

/** Undo in two steps: the plan is shown, then exactly that plan is agreed to. What becomes of it has a page of its own. */
export function undoPages(app: Hono<DashboardEnv>, deps: WebDeps): void {
  app.post("/act/undo", async (context) => {
    const { form, session } = context.var;
    const asked = readForm(form);
    const answer = asked === undefined ? INCOMPLETE : await ask(deps, asked, session);
    if ("begun" in answer) return context.redirect(`/undos/${answer.begun}`, 303);
    const isProblem = "status" in answer;
    const command = asked === undefined ? "moorgate help undo" : `moorgate undo ${quoted(asked.action)} --reason ${quoted(asked.reason)}`;
    const content = isProblem ? problemContent(answer) : answer.page;
    return shown(deps, { title: "undo", session, command, json: "/api/v1/openapi.json", content }, isProblem ? answer.status : 200);
  });
  app.get("/undos/:undo", async (context) => {
    const { session } = context.var;
    const id = context.req.param("undo");
    const undo = await deps.operator.findUndo(id);
    const unknown = problem("not-found", "The undo was not shown.", "No undo has this name.", "Look for it in the journal.");
    const content = undo === undefined ? problemContent(unknown) : undoPage(undo, deps.clock.now());
    const view = {
      title: id,
      session,
      command: `moorgate undo ${quoted(id)} --report`,
      json: `/api/v1/undos/${encodeURIComponent(id)}`,
      content,
    };
    return shown(deps, view, undo === undefined ? unknown.status : 200);
  });
}

async function shown(deps: WebDeps, view: Omit<Parameters<typeof page>[0], "version">, status: number): Promise<Response> {
  return htmlResponse(page({ ...view, version: (await deps.status()).version }), status);
}

function readForm(form: URLSearchParams): UndoForm | undefined {
  const action = form.get("action") ?? "";
  const reason = (form.get("reason") ?? "").trim().slice(0, 2_000);
  const plan = form.get("plan");
  return action === "" || reason === "" ? undefined : { action, reason, ...(plan === null ? {} : { plan }) };
}

async function ask(
  { operator }: WebDeps,
  form: UndoForm,
  session: Session,
): Promise<{ readonly page: Html } | { readonly begun: string } | Problem> {
  const { action, reason, plan } = form;
  const actor = { name: session.token.name, reason };
  const answer = await operator.undo({ scope: { kind: "action", action }, actor, ...(plan === undefined ? {} : { plan }) });
  if (answer.kind === "plan") return { page: undoPlanPage(form, answer, session) };
  return answer.kind === "begun" ? { begun: answer.undo.id } : undoRefusal(answer);
}
