import { type Context, Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import type { Role } from "../domain/role.ts";
import { findToken, may, refusedRole } from "./access.ts";
import { readBody } from "./body.ts";
import { actPages } from "./dashboard-acts.ts";
import { answerPages } from "./dashboard-answers.ts";
import type { DashboardEnv } from "./dashboard-env.ts";
import { readPages } from "./dashboard-pages.ts";
import { undoPages } from "./dashboard-undo.ts";
import type { WebDeps } from "./deps.ts";
import { isOwnOrigin } from "./guard.ts";
import { loginPage } from "./pages/login.ts";
import { problemPage } from "./pages/problem.ts";
import { PROBLEM_STATUS, type ProblemCode, problem } from "./problem.ts";
import { cookieName, isSame, openSession, SESSION_LASTS_FOR, sessionOf } from "./session.ts";
import { staticFiles } from "./static-files.ts";
import { withQuery } from "./with-query.ts";

const FORM_LIMITS = { maxBytes: 16_384, withinMs: 10_000 };
const TITLE = "The form was not taken.";

export function dashboard(deps: WebDeps): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();
  staticFiles(app);
  app.get("/login", (context) => context.html(loginPage({ next: ownPath(context.req.query("next") ?? "/") })));
  app.post("/login", (context) => login(deps, context));
  app.use(async (context, next) => {
    const session = sessionOf(deps, context);
    if (session === undefined) return context.redirect(withQuery("/login", { next: pathOf(context) }), 303);
    context.set("session", session);
    return next();
  });
  app.post("*", async (context, next) => {
    const refusal = await checkForm(context);
    if (refusal === undefined) return next();
    return context.html(
      problemPage(problem(refusal.code, TITLE, refusal.why, "Go back, load the page again and repeat it.")),
      PROBLEM_STATUS[refusal.code],
    );
  });
  app.post("/logout", (context) => {
    deleteCookie(context, cookieName(deps.tokens), { path: "/" });
    return context.redirect("/", 303);
  });
  actPages(app, deps);
  answerPages(app, deps);
  undoPages(app, deps);
  // Last: it answers for every address that is no page.
  readPages(app, deps);
  return app;
}

async function login(deps: WebDeps, context: Context): Promise<Response> {
  const body = isOwnOrigin(context) ? await readBody(context.req.raw, FORM_LIMITS) : undefined;
  const form = new URLSearchParams(body?.kind === "read" ? new TextDecoder().decode(body.bytes) : "");
  const next = ownPath(form.get("next") ?? "/");
  const token = findToken(deps.tokens, form.get("token")?.trim() ?? "");
  if (token === undefined) {
    await deps.operator.refused("login", body === undefined ? "origin" : "unauthenticated");
    return context.html(
      loginPage({ next, fault: body === undefined ? "The form came from another site." : "This is not the access token." }),
      body === undefined ? 403 : 401,
    );
  }
  if (!may(token, "reader")) {
    await deps.operator.refused(`login/${token.name}`, "forbidden");
    return context.html(loginPage({ next, fault: refusedRole(token, "reader").why }), 403);
  }
  setCookie(context, cookieName(deps.tokens), openSession(token, deps.clock.now()), {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure: new URL(context.req.url).protocol === "https:",
    maxAge: SESSION_LASTS_FOR / 1000,
  });
  return context.redirect(next, 303);
}

async function checkForm(context: Context<DashboardEnv>): Promise<{ readonly code: ProblemCode; readonly why: string } | undefined> {
  if (!isOwnOrigin(context)) return { code: "origin", why: "The form came from another site." };
  const body = await readBody(context.req.raw, FORM_LIMITS);
  if (body.kind !== "read") return { code: "too-large", why: "The form is larger than 16 KiB or did not arrive." };
  const form = new URLSearchParams(new TextDecoder().decode(body.bytes));
  const { session } = context.var;
  if (!isSame(form.get("csrf") ?? "", session.csrf)) return { code: "origin", why: "The form is from another session." };
  const needed = roleFor(context.req.path);
  if (!may(session.token, needed)) return { code: "forbidden", why: refusedRole(session.token, needed).why };
  context.set("form", form);
  return undefined;
}

/** Whoever is signed in may leave; the second of two people need not be one who acts. */
function roleFor(path: string): Role {
  if (path === "/logout") return "reader";
  return path === "/act/confirm" || path === "/act/decline" ? "approver" : "operator";
}

function pathOf(context: Context): string {
  const { pathname, search } = new URL(context.req.url);
  return ownPath(context.req.method === "GET" ? `${pathname}${search}` : "/");
}

/** A path on this gate: `//host` and `/\host` would leave it. */
function ownPath(path: string): string {
  return /^\/(?![/\\])[\x20-\x7e]*$/.test(path) ? path : "/";
}
