import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { problem } from "../../shared/web/problem.ts";
import { door } from "./door.ts";
import { answer } from "./function-url.ts";
import { once } from "./once.ts";
import { inTime, type Turn } from "./turn.ts";
import { type WebApp, webApp } from "./web-app.ts";
import { type Wired, wired } from "./wire.ts";

const app = once(async () => webApp(await wired()));

const OVER = problem(
  "unavailable",
  "The request was not answered in time.",
  "The function that answers was out of time.",
  "Look at the image again in some minutes.",
  "Finished steps are stored; an unfinished one is picked up again.",
);

/** Woken by whoever calls the Function URL: registries outside, scripts, people. */
export function onWebhook(
  { freshen }: Pick<Wired, "freshen">,
  { fetch }: WebApp,
  event: APIGatewayProxyEventV2,
  turn: Pick<Turn, "signal">,
): Promise<APIGatewayProxyStructuredResultV2> {
  const answered = async (): Promise<APIGatewayProxyStructuredResultV2> => {
    await freshen();
    return answer(event, fetch);
  };
  const headers = { "content-type": "application/problem+json" };
  return inTime(turn, answered, () => ({ statusCode: OVER.status, headers, body: JSON.stringify(OVER) }));
}

export const handler = door(async (event: APIGatewayProxyEventV2, turn) => onWebhook(await wired(), await app(), event, turn));
