import { readFileSync } from "node:fs";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { parseAdmissionSettings } from "../../shared/compose/settings.ts";
import { openForReading } from "../../shared/compose/store.ts";
import { review } from "../../shared/pipeline/review.ts";
import { type Environment, readEnvironment } from "../../shared/runtime/config.ts";
import { createMetrics } from "../../shared/runtime/metrics.ts";
import { admission } from "../../shared/web/admission.ts";
import { door } from "./door.ts";
import { placeOf, readFunctionSettings } from "./environment.ts";
import { answer } from "./function-url.ts";
import { once } from "./once.ts";

const PATH = "/admission";

/** Asks the ledger alone: a cluster waits for the answer. Closed where the settings have no `admission`. @throws ParseError, PolicyError */
export async function openAdmission(environment: Environment): Promise<(request: Request) => Promise<Response>> {
  const { settingsFile, ...settings } = readFunctionSettings(environment);
  const { hosts: registries, terms, store } = parseAdmissionSettings(readFileSync(settingsFile, "utf8"), settingsFile);
  const { ledger } = await openForReading(placeOf(settings, store));
  if (terms === undefined) return async () => new Response("no cluster may ask", { status: 404 });
  const app = admission({ operator: { review: (asked) => review({ ledger, registries }, asked, terms) }, metrics: createMetrics() });
  return async (request) =>
    new URL(request.url).pathname === PATH ? app.fetch(new Request(new URL("/", request.url), request)) : new Response("", { status: 404 });
}

const open = once(() => openAdmission(readEnvironment()));

/** Woken by the API server of a cluster that is about to start something. */
export const handler = door(
  async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => answer(event, await open()),
);
