import { type Context, Hono } from "hono";
import type { Role } from "../../domain/role.ts";
import { type AccessToken, bearerOf, findToken, may, refusedRole } from "../access.ts";
import { type BodyRead, readBody } from "../body.ts";
import type { WebDeps } from "../deps.ts";
import { bugProblem, type ProblemCode, problem, problemOf, problemResponse } from "../problem.ts";
import { sessionOf } from "../session.ts";
import { actRoutes } from "./acts.ts";
import { brakeRoute } from "./brake.ts";
import { emergencyRoutes } from "./emergency.ts";
import { gateRoutes } from "./gate.ts";
import { haltRoutes } from "./halt.ts";
import { imageRoutes } from "./images.ts";
import { headsRoute, journalRoute } from "./journal.ts";
import { openApiDocument } from "./openapi.ts";
import { proposalRoutes } from "./proposals.ts";
import type { Route } from "./route.ts";
import { runRoutes } from "./runs.ts";
import { takeOverRoutes } from "./take-over.ts";
import { undoRoutes } from "./undo.ts";
import { usageRoutes } from "./usage.ts";

const routes: readonly Route[] = [
  ...imageRoutes,
  journalRoute,
  headsRoute,
  ...actRoutes,
  ...undoRoutes,
  ...runRoutes,
  brakeRoute,
  ...emergencyRoutes,
  ...takeOverRoutes,
  ...haltRoutes,
  ...proposalRoutes,
  ...usageRoutes,
  ...gateRoutes,
];

const TITLE = "The request was refused.";
const UNREAD: Readonly<Record<Exclude<BodyRead["kind"], "read">, ProblemCode>> = {
  "too-large": "too-large",
  "too-slow": "too-slow",
  compressed: "compressed",
  broken: "invalid",
};

export function api(deps: WebDeps): Hono {
  const app = new Hono();
  app.get("/api/v1/openapi.json", async (context) => context.json(openApiDocument(routes, (await deps.status()).version)));
  for (const route of routes)
    app.on(route.method.toUpperCase(), route.path.replaceAll(/\{(\w+)\}/g, ":$1"), (context) => answer(deps, route, context));
  app.all("/api/*", (context) => {
    const methods = routes.filter((route) => route.path === context.req.path).map((route) => route.method.toUpperCase());
    if (methods.length > 0)
      return problemResponse(problem("method-not-allowed", TITLE, `This path takes ${methods.join(", ")}.`, "See /api/v1/openapi.json."), {
        allow: methods.join(", "),
      });
    return problemResponse(problem("not-found", TITLE, "The API has no such path.", "See /api/v1/openapi.json."));
  });
  return app;
}

async function answer(deps: WebDeps, route: Route, context: Context): Promise<Response> {
  const token = tokenOf(deps, context);
  if (token === undefined) return unauthenticated(deps);
  if (!may(token, route.role)) return forbidden(deps, token, route.role);
  const body = await readBody(context.req.raw, route.body);
  if (body.kind !== "read") return unread(body.kind, route);
  const query = Object.fromEntries(new URL(context.req.url).searchParams);
  try {
    const answered = await route.call({ deps, token, params: context.req.param(), query, body: body.bytes });
    return answered.kind === "ok" ? Response.json(answered.value) : problemResponse(answered.problem);
  } catch (error) {
    const known = problemOf(error, TITLE);
    if (known === undefined) deps.log.error("A request to the API failed", { route: route.id, error: String(error) });
    return problemResponse(known ?? bugProblem(TITLE));
  }
}

/** The footer's JSON links open in a signed-in browser too; acting by cookie is left to forms, which another site cannot send. */
function tokenOf(deps: WebDeps, context: Context): AccessToken | undefined {
  const bearer = bearerOf(context.req.header("authorization"));
  if (bearer !== undefined) return findToken(deps.tokens, bearer);
  return context.req.method === "GET" ? sessionOf(deps, context)?.token : undefined;
}

async function unauthenticated(deps: WebDeps): Promise<Response> {
  await deps.operator.refused("api", "unauthenticated");
  return problemResponse(
    problem(
      "unauthenticated",
      TITLE,
      "The access token is missing or wrong.",
      "Send Authorization: Bearer <token>: yours, or the one that moorgate up prints at its first start.",
    ),
    {
      "www-authenticate": 'Bearer realm="moorgate"',
      connection: "close",
    },
  );
}

/** Told to the journal, once a source and minute: somebody tries what is not theirs to do. */
async function forbidden(deps: WebDeps, token: AccessToken, needed: Role): Promise<Response> {
  await deps.operator.refused(`api/${token.name}`, "forbidden");
  const { why, mend } = refusedRole(token, needed);
  return problemResponse(problem("forbidden", TITLE, why, mend), { connection: "close" });
}

function unread(kind: Exclude<BodyRead["kind"], "read">, route: Route): Response {
  const limit = `At most ${route.body.maxBytes / 1024} KiB within ${route.body.withinMs / 1000} s, not compressed.`;
  return problemResponse(problem(UNREAD[kind], TITLE, limit, "Send a smaller or plain body."), { connection: "close" });
}
