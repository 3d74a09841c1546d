import type * as z from "zod";
import { ParseError } from "../../domain/parse-error.ts";
import type { Role } from "../../domain/role.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { type JsonLimits, readJson } from "../../runtime/json.ts";
import type { AccessToken } from "../access.ts";
import type { WebDeps } from "../deps.ts";
import type { Problem } from "../problem.ts";

/** What a route may need beside its parsed input. */
export interface Caller {
  readonly deps: WebDeps;
  readonly token: AccessToken;
}

/** Input as it came, before its schemas. */
export interface RawCall extends Caller {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type Answer<T> = { readonly kind: "ok"; readonly value: T } | { readonly kind: "problem"; readonly problem: Problem };

interface RouteText {
  readonly method: "get" | "post";
  /** As OpenAPI writes it: `/api/v1/images/{digest}`. */
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly role: Role;
  /** Statuses of refusals beside those that every route has, or every one with a body. */
  readonly refusals: readonly number[];
}

/** How a request's bytes become its input. */
interface RouteBody<B> {
  readonly maxBytes: number;
  readonly withinMs: number;
  /** Absent where the route takes no body. */
  readonly content?: { readonly mediaType: string; readonly schema?: z.ZodType };
  read(bytes: Uint8Array): B;
}

/** What a client sends all the same (an empty object) is passed over. */
export const noBody: RouteBody<undefined> = { maxBytes: 1_024, withinMs: 1_000, read: () => undefined };

export function jsonBody<B>(schema: z.ZodType<B>, most: Omit<JsonLimits, "place"> = { maxBytes: 65_536, maxDepth: 4 }): RouteBody<B> {
  const limits = { ...most, place: "body" };
  return {
    maxBytes: limits.maxBytes,
    withinMs: 10_000,
    content: { mediaType: "application/json", schema },
    read: (bytes) => fit(schema, parseBody(bytes, limits), "body"),
  };
}

export function bytesBody(mediaType: string, maxBytes: number): RouteBody<Uint8Array> {
  return { maxBytes, withinMs: 120_000, content: { mediaType }, read: (bytes) => bytes };
}

interface RouteShape<P, Q, B, A> extends RouteText {
  readonly params: z.ZodType<P>;
  readonly query: z.ZodType<Q>;
  readonly body: RouteBody<B>;
  readonly answer: z.ZodType<A>;
  run(caller: Caller, input: { readonly params: P; readonly query: Q; readonly body: B }): Promise<Answer<A>>;
}

/** One line of the table that both the app and the OpenAPI document are made from. */
export interface Route extends RouteText {
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body: Pick<RouteBody<unknown>, "maxBytes" | "withinMs" | "content">;
  readonly answer: z.ZodType;
  /** @throws ParseError where the input does not fit its schema. */
  call(raw: RawCall): Promise<Answer<unknown>>;
}

/** Ties the schemas of a route to the types of its function, then forgets the types: the table holds routes of one kind. */
export function route<P, Q, B, A>(shape: RouteShape<P, Q, B, A>): Route {
  return {
    ...shape,
    call: async (raw) => {
      const params = fit(shape.params, raw.params, "path");
      const query = fit(shape.query, raw.query, "query");
      const body = shape.body.read(raw.body);
      return shape.run({ deps: raw.deps, token: raw.token }, { params, query, body });
    },
  };
}

export function ok<T>(value: T): Answer<T> {
  return { kind: "ok", value };
}

function fit<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = [place, ...(issue?.path ?? []).map(String)].join(".");
  throw new ParseError(where, issue?.message ?? "does not fit", "Compare it with /api/v1/openapi.json");
}

function parseBody(bytes: Uint8Array, limits: JsonLimits): unknown {
  try {
    return readJson(bytes, limits);
  } catch (cause) {
    if (cause instanceof AdapterError) throw new ParseError("body", cause.message, "Send one JSON object in UTF-8");
    throw cause;
  }
}
