import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { door } from "./door.ts";
import { answer } from "./function-url.ts";
import { once } from "./once.ts";
import { webApp } from "./web-app.ts";
import { wired } from "./wire.ts";

const app = once(async () => webApp(await wired()));

/** Woken by whoever calls the Function URL: registries outside, scripts, people. */
export const handler = door(async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const [{ fetch }, { freshen }] = await Promise.all([app(), wired()]);
  await freshen();
  return answer(event, fetch);
});
