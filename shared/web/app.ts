import { type Context, type Env, Hono } from "hono";
import { admission } from "./admission.ts";
import { api } from "./api/app.ts";
import { dashboard } from "./dashboard.ts";
import type { WebDeps } from "./deps.ts";
import { hostCheck, securityHeaders } from "./guard.ts";
import { health } from "./health.ts";
import { hooks } from "./hooks.ts";
import { htmlResponse } from "./pages/layout.ts";
import { problemPage } from "./pages/problem.ts";
import { bugProblem, problem, problemOf, problemResponse } from "./problem.ts";

const TITLE = "The request could not be answered.";
/** A cluster that was sent to the page for signing in would take that for a gate that is away. */
const NOBODY_MAY_ASK = problem(
  "not-found",
  "The review was refused.",
  "No cluster may ask here.",
  "Set admission in moorgate.yaml; on AWS clusters ask the function admit.",
);

/** The HTTP face of a gate: hooks for registries, the API for scripts, pages for people. Takes a `Request`, gives a `Response`: any door can serve it. */
export function createApp(deps: WebDeps): Hono {
  const app = new Hono();
  app.use(securityHeaders());
  // Before the check of names: a cluster reaches the gate under a name of its own, and no page of a browser learns more there than it brought.
  if (deps.hasAdmission) app.route("/admission", admission(deps));
  app.use(hostCheck(deps.isAllowedHost));
  app.onError((error, context) => {
    const known = problemOf(error, TITLE);
    if (known === undefined) deps.log.error("A request failed", { path: context.req.path, error: String(error) });
    const problem = known ?? bugProblem(TITLE);
    const isPage = context.req.header("accept")?.includes("text/html") === true && !context.req.path.startsWith("/api/");
    return isPage ? htmlResponse(problemPage(problem), problem.status) : problemResponse(problem);
  });
  if (!deps.hasAdmission) app.all("/admission", () => problemResponse(NOBODY_MAY_ASK));
  health(app, deps);
  app.route("/hooks", hooks(deps));
  app.all(
    "/api/*",
    whenAsked(() => api(deps)),
  );
  app.all(
    "*",
    whenAsked(() => dashboard(deps)),
  );
  return app;
}

/** Made with the first request for it: a door that only registries knock at never needs it. Its faults are answered as all others are. */
function whenAsked<E extends Env>(make: () => Hono<E>): (context: Context) => Promise<Response> {
  let made: Hono<E> | undefined;
  return async ({ req, env }) => {
    made ??= make().onError((error) => {
      throw error;
    });
    return made.fetch(req.raw, env as E["Bindings"]);
  };
}
