import { Hono } from "hono";
import { printImageRef } from "../domain/image-ref.ts";
import { ParseError } from "../domain/parse-error.ts";
import type { AdmissionAnswer } from "../ports/admission.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Operator } from "../ports/operator.ts";
import { type AdmissionRequest, readAdmissionRequest } from "./admission-request.ts";
import { type BodyLimits, type BodyRead, readBody } from "./body.ts";
import { type Problem, problem, problemResponse } from "./problem.ts";

/** The API server sends the object twice, and etcd takes 1.5 MiB of it. */
const LIMITS: BodyLimits = { maxBytes: 4 * 1_048_576, withinMs: 5_000 };
const TITLE = "The review was refused.";
/** Kubernetes shows at most 256 characters of a warning. */
const MOST_WARNED = 256;
const MOST_WARNINGS = 20;

/** All that is needed to answer a cluster. */
export interface AdmissionDeps {
  readonly operator: Pick<Operator, "review">;
  readonly metrics: Metrics;
}

/**
 * Where the API server of a cluster asks whether something may start. It cannot show a token in most clusters, so none is asked for; all that it
 * learns is what the gate thinks of the images that it names.
 */
export function admission(deps: AdmissionDeps): Hono {
  const app = new Hono();
  app.post("/", async (context) => {
    const body = await readBody(context.req.raw, LIMITS);
    const request = body.kind === "read" ? requestIn(body.bytes) : refusal(body.kind);
    if ("status" in request) return problemResponse(request, { connection: "close" });
    const answers = await deps.operator.review(request.asked.map(({ image, isRunning }) => ({ image, isRunning })));
    const response = responseTo(request, answers);
    deps.metrics.count("moorgate_admission_reviews_total", { answer: response.allowed ? "allowed" : "refused" });
    return context.json({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
  });
  app.all("*", () =>
    problemResponse(problem("method-not-allowed", TITLE, "A cluster posts here.", "Send POST /admission."), { allow: "POST" }),
  );
  return app;
}

function refusal(kind: Exclude<BodyRead["kind"], "read">): Problem {
  if (kind === "broken") return problem("invalid", TITLE, "The connection ended inside the body.", "Send it again.");
  return problem(kind, TITLE, "The body is larger than 4 MiB, compressed, or took more than 5 seconds.", "Send it whole and plain.");
}

function requestIn(bytes: Uint8Array): AdmissionRequest | Problem {
  try {
    return readAdmissionRequest(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch (error) {
    if (error instanceof ParseError) return problem("invalid", TITLE, error.message, error.mend);
    if (error instanceof SyntaxError) return problem("invalid", TITLE, "The body is no JSON.", "Send an AdmissionReview.");
    throw error;
  }
}

interface ReviewResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly reason: "Forbidden"; readonly message: string };
  readonly warnings?: readonly string[];
}

function responseTo({ uid, asked, unreadable }: AdmissionRequest, answers: readonly AdmissionAnswer[]): ReviewResponse {
  const said = answers.map((answer, place) => ({ answer, name: asked[place] === undefined ? "" : printImageRef(asked[place].image) }));
  const refused = said.flatMap(({ answer, name }) => (answer.kind === "refuse" ? [`${name}: ${answer.why}`] : []));
  const warned = said.flatMap(({ answer, name }) => (answer.kind === "warn" ? [`moorgate: ${name}: ${answer.why}`] : []));
  const unread = unreadable.map((name) => `moorgate: ${name}: this is no name of an image`);
  const warnings = [...warned, ...unread].slice(0, MOST_WARNINGS).map((text) => text.slice(0, MOST_WARNED));
  return {
    uid,
    allowed: refused.length === 0,
    ...(refused.length === 0
      ? {}
      : { status: { code: 403, reason: "Forbidden", message: `moorgate: ${refused.join("\n")}`.slice(0, 4_000) } }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}
