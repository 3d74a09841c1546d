import * as z from "zod";
import { ProblemSchema } from "../problem.ts";
import type { Route } from "./route.ts";
import { components } from "./schema-parts.ts";

type Json = Readonly<Record<string, unknown>>;

const REFUSALS: Readonly<Record<number, string>> = {
  400: "The request does not fit.",
  401: "No valid access token.",
  403: "The token's role does not allow it.",
  404: "Not known to the gate.",
  408: "The body came too slowly.",
  409: "Nothing was done: the world is not as the request assumes.",
  413: "The body is too large.",
  415: "The body is compressed.",
  500: "A fault of the gate.",
  502: "The registry refused.",
  503: "The registry or the store cannot be reached; try again.",
};

const OF_BODIES = [400, 408, 413, 415];

/** The document for `GET /api/v1/openapi.json` (OpenAPI 3.1), made from the table that serves the requests. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths = [...Map.groupBy(routes, (route) => route.path)].map(([path, group]) => [
    path,
    Object.fromEntries(group.map((route) => [route.method, operation(route)])),
  ]);
  return {
    openapi: "3.1.1",
    info: {
      title: "Moorgate",
      version,
      summary: "Ask and steer a registry gate.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    security: [{ token: [] }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: { ...namedSchemas(), Problem: plain(z.toJSONSchema(ProblemSchema)) },
    },
  };
}

function operation(route: Route): Json {
  const statuses = [...new Set([...route.refusals, ...(route.method === "post" ? OF_BODIES : []), 401, 403, 500, 503])].sort(
    (a, b) => a - b,
  );
  const { content } = route.body;
  return {
    operationId: route.id,
    summary: route.summary,
    description: `Needs the role ${route.role}.`,
    parameters: [...parameters("path", route.params), ...parameters("query", route.query)],
    ...(content === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { [content.mediaType]: { schema: content.schema === undefined ? {} : reference(content.schema) } },
          },
        }),
    responses: {
      200: { description: "Done.", content: { "application/json": { schema: reference(route.answer) } } },
      ...Object.fromEntries(
        statuses.map((status) => [
          status,
          {
            description: REFUSALS[status] ?? "Refused.",
            content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
          },
        ]),
      ),
    },
  };
}

function parameters(place: "path" | "query", schema: z.ZodType): readonly Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", override: numbersFromText });
  return Object.entries(properties).map(([name, property]) => ({ name, in: place, required: required.includes(name), schema: property }));
}

/** A coerced number comes as text and means a number: the document states the number. */
function numbersFromText({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (zodSchema._zod.def.type === "number") jsonSchema.type = "integer";
}

function namedSchemas(): Json {
  const { schemas } = z.toJSONSchema(components, { uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, plain(schema)]));
}

function reference(schema: z.ZodType): Json {
  const named = components.get(schema);
  return named === undefined ? plain(z.toJSONSchema(schema)) : { $ref: `#/components/schemas/${named.id}` };
}

function plain(schema: object): Json {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== "$schema" && name !== "$id" && name !== "~standard"));
}
