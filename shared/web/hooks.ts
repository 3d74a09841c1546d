import { Hono } from "hono";
import type { Received } from "../ports/operator.ts";
import { type BodyLimits, type BodyRead, readBody } from "./body.ts";
import type { WebDeps } from "./deps.ts";
import { type Problem, type ProblemCode, problem, problemResponse } from "./problem.ts";

/** Far above what a registry sends (distribution: a few KiB an event, at most 100 in one body). */
const LIMITS: BodyLimits = { maxBytes: 1_048_576, withinMs: 10_000 };

const TITLE = "The delivery was refused.";
const PROVIDER = /^[a-z0-9-]{1,32}$/;

interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly next: string;
}

const UNREAD: Readonly<Record<Exclude<BodyRead["kind"], "read">, Refusal>> = {
  "too-large": { code: "too-large", detail: "The body is larger than 1 MiB.", next: "Send fewer events in one delivery." },
  "too-slow": { code: "too-slow", detail: "The body did not arrive within 10 seconds.", next: "Send it again." },
  compressed: { code: "compressed", detail: "The body is compressed.", next: "Send it without Content-Encoding." },
  broken: { code: "invalid", detail: "The connection ended inside the body.", next: "Send it again." },
};

const REFUSED: Readonly<Record<Exclude<Received["kind"], "accepted" | "duplicate">, Refusal>> = {
  unauthenticated: {
    code: "unauthenticated",
    detail: "The sender did not show the secret of this registry.",
    next: "Give the registry's notifications the secret that moorgate doctor prints the place of.",
  },
  malformed: {
    code: "invalid",
    detail: "The body is no event of this provider.",
    next: "Point this provider's notifications here, and no others.",
  },
  "unknown-provider": {
    code: "not-found",
    detail: "No registry of the settings has this provider and name.",
    next: "Compare the address with moorgate doctor.",
  },
};

/** Where registries report pushes. Who sent it is the provider's matter; this room only limits what is read. */
export function hooks(deps: WebDeps): Hono {
  const app = new Hono();
  app.on("POST", ["/:provider", "/:provider/:registry"], async (context) => {
    const provider = context.req.param("provider");
    const body = await readBody(context.req.raw, LIMITS);
    if (body.kind !== "read") return refuse(deps, "unread", body.kind, UNREAD[body.kind]);
    const delivery = { headers: Object.fromEntries(context.req.raw.headers), body: body.bytes, receivedAt: deps.clock.now() };
    const received = PROVIDER.test(provider)
      ? await deps.operator.receive(provider, context.req.param("registry"), delivery)
      : ({ kind: "unknown-provider" } as const);
    if (received.kind === "accepted") return context.json({ result: "accepted", work: received.work }, 202);
    if (received.kind === "duplicate") return context.json({ result: "duplicate" }, 200);
    // A made-up provider must not make up a source: refusals are limited and counted by source.
    const source = received.kind === "unknown-provider" ? "unknown" : provider;
    return refuse(deps, source, received.kind, REFUSED[received.kind]);
  });
  app.all("*", () =>
    problemResponse(problem("method-not-allowed", TITLE, "Registries post here.", "Send POST /hooks/<provider>."), { allow: "POST" }),
  );
  return app;
}

async function refuse(deps: WebDeps, source: string, why: string, refusal: Refusal): Promise<Response> {
  deps.metrics.count("moorgate_webhook_rejected_total", { reason: why });
  await deps.operator.refused(`hooks/${source}`, why);
  const body: Problem = problem(refusal.code, TITLE, refusal.detail, refusal.next);
  // What is left of the body is not worth reading.
  return problemResponse(body, { connection: "close" });
}
