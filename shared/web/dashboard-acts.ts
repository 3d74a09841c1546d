import type { Context, Hono } from "hono";
import { type ImageKey, parseImageKey } from "../domain/image-ref.ts";
import type { Operated, Preview } from "../ports/operator.ts";
import { refusalOf } from "./api/acts.ts";
import type { DashboardEnv } from "./dashboard-env.ts";
import type { WebDeps } from "./deps.ts";
import { type ActForm, planPage } from "./pages/act.ts";
import { htmlResponse, page } from "./pages/layout.ts";
import { imagePath } from "./pages/parts.ts";
import { problemContent } from "./pages/problem.ts";
import { bugProblem, type Problem, problem, problemOf } from "./problem.ts";
import { withQuery } from "./with-query.ts";

type Ctx = Context<DashboardEnv>;
const VERBS = ["hold", "release"] as const;

/** Acts in two steps: the plan is shown, then the same request without `dryRun` is made. A reason is asked for, and journaled. */
export function actPages(app: Hono<DashboardEnv>, deps: WebDeps): void {
  for (const verb of VERBS) {
    app.post(`/act/${verb}`, async (context) => {
      const form = readForm(verb, context.var.form);
      const done = form === undefined ? INCOMPLETE : await act(deps, context, form);
      if (done.kind === "acted") return context.redirect(withQuery(imagePath(done.image), { action: done.actionId }), 303);
      if (done.kind === "there") return context.redirect(imagePath(done.image), 303);
      const content = done.kind === "problem" ? problemContent(done.problem) : planPage(done.form, done.preview, context.var.session);
      const status = done.kind === "problem" ? done.problem.status : 200;
      return htmlResponse(
        page({
          title: verb,
          session: context.var.session,
          version: (await deps.status()).version,
          command: commandOf(form),
          json: "/api/v1/openapi.json",
          content,
        }),
        status,
      );
    });
  }
}

type Done =
  | { readonly kind: "there"; readonly image: ImageKey }
  | { readonly kind: "acted"; readonly image: ImageKey; readonly actionId: string }
  | { readonly kind: "plan"; readonly form: ActForm; readonly preview: Preview }
  | { readonly kind: "problem"; readonly problem: Problem };

const TITLE = "Nothing was done.";
const INCOMPLETE: Done = {
  kind: "problem",
  problem: problem("invalid", TITLE, "The form has no reason, or names no image.", "Go back and give a reason; the journal keeps it."),
};

function readForm(verb: ActForm["verb"], form: URLSearchParams): ActForm | undefined {
  const target = form.get("image") ?? "";
  const reason = (form.get("reason") ?? "").trim().slice(0, 2_000);
  return target === "" || reason === "" ? undefined : { verb, target, reason, isConfirmed: form.get("confirmed") === "yes" };
}

async function act(deps: WebDeps, context: Ctx, form: ActForm): Promise<Done> {
  try {
    const operated = await ask(deps, context, form);
    if (operated.kind === "plan") return { kind: "plan", form, preview: operated };
    const refusal = refusalOf(form.verb, operated);
    if (operated.kind === "there") return { kind: "there", image: operated.record.key };
    if (refusal !== undefined || operated.kind !== "done") return { kind: "problem", problem: refusal ?? bugProblem(TITLE) };
    return { kind: "acted", image: operated.action.image, actionId: operated.action.id };
  } catch (error) {
    const known = problemOf(error, TITLE);
    if (known === undefined) throw error;
    return { kind: "problem", problem: known };
  }
}

function ask({ operator }: WebDeps, context: Ctx, { verb, target, reason, isConfirmed }: ActForm): Promise<Operated | Preview> {
  const actor = { name: context.var.session.token.name, reason };
  const dryRun = !isConfirmed;
  return operator[verb]({ image: parseImageKey(target), actor, dryRun });
}

function commandOf(form: ActForm | undefined): string {
  return form === undefined ? "moorgate help" : `moorgate ${form.verb} ${quoted(form.target)} --reason ${quoted(form.reason)}`;
}

/** One word for a shell: what somebody wrote into a form must not run where the command is pasted. */
export function quoted(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
