import * as z from "zod";
import { ParseError } from "../domain/parse-error.ts";
import { AdapterError, type AdapterErrorCode } from "../ports/adapter-error.ts";

/** The four parts of an error, as problem details (RFC 9457). */
export const ProblemSchema = z.object({
  type: z.string().describe("Stable name of the kind of problem, a URN."),
  status: z.int(),
  title: z.string().describe("What could not be done."),
  detail: z.string().describe("Why."),
  meanwhile: z.string().describe("What is safe meanwhile."),
  next: z.string().describe("What to do next."),
});
export type Problem = z.output<typeof ProblemSchema>;

export type ProblemCode =
  | "unauthenticated"
  | "forbidden"
  | "not-found"
  | "method-not-allowed"
  | "invalid"
  | "refused"
  | "proposed"
  | "superseded"
  | "failed"
  | "too-large"
  | "too-slow"
  | "compressed"
  | "host"
  | "origin"
  | "unavailable"
  | "internal";

export const PROBLEM_STATUS = {
  unauthenticated: 401,
  forbidden: 403,
  "not-found": 404,
  "method-not-allowed": 405,
  invalid: 400,
  refused: 409,
  proposed: 409,
  superseded: 409,
  failed: 502,
  "too-large": 413,
  "too-slow": 408,
  compressed: 415,
  host: 421,
  origin: 403,
  unavailable: 503,
  internal: 500,
} as const satisfies Readonly<Record<ProblemCode, number>>;

export function problem(code: ProblemCode, title: string, detail: string, next: string, meanwhile = "Nothing was changed."): Problem {
  return { type: `urn:moorgate:problem:${code}`, status: PROBLEM_STATUS[code], title, detail, meanwhile, next };
}

export function problemResponse(body: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status: body.status, headers: { "content-type": "application/problem+json", ...headers } });
}

const ADAPTER_PROBLEMS: Readonly<Partial<Record<AdapterErrorCode, ProblemCode>>> = {
  "not-found": "not-found",
  conflict: "refused",
  unsupported: "refused",
};

/** Faults that have words of their own; `undefined` for a bug, whose text stays in the log. */
export function problemOf(error: unknown, title: string): Problem | undefined {
  if (error instanceof ParseError) return problem("invalid", title, `${error.message}.`, `${error.mend}.`);
  if (!(error instanceof AdapterError)) return undefined;
  const code = ADAPTER_PROBLEMS[error.code] ?? (error.retryable ? "unavailable" : "failed");
  return problem(
    code,
    title,
    `${error.message}.`,
    error.mend ?? (error.retryable ? "Try again in a minute." : "Run moorgate doctor."),
    "The image stays as it is.",
  );
}

export function bugProblem(title: string): Problem {
  return problem(
    "internal",
    title,
    "Moorgate met a fault of its own; the log has the details.",
    "Try again; if it stays, run moorgate doctor.",
    "Finished steps are stored; an unfinished one is picked up again.",
  );
}
