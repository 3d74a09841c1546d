import { faceOf, tokensOf } from "../../shared/compose/web-face.ts";
import type { GateStatus } from "../../shared/ports/gate-status.ts";
import { createApp } from "../../shared/web/app.ts";
import type { Wired } from "./wire.ts";

/** Lambda reaches a function under the name that it gave to its URL, and under no other. */
const FUNCTION_URL = /^[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws$/;

export interface WebApp {
  fetch(request: Request): Promise<Response>;
}

/** The HTTP face of the gate: hooks, API and dashboard. Clusters ask a function of their own. */
export function webApp({ gate, file, settings: { hosts } }: Wired): WebApp {
  const app = createApp({
    ...faceOf(gate),
    status: () => statusOf(gate),
    tokens: tokensOf(file.people),
    hasAdmission: false,
    isAllowedHost: (host) => FUNCTION_URL.test(host) || hosts.includes(host),
  });
  return { fetch: async (request) => app.fetch(request) };
}

/** Other functions, and other containers of this one, hear events. */
async function statusOf({ status }: Wired["gate"]): Promise<GateStatus> {
  const told = await status();
  return { ...told, registries: told.registries.map((each) => ({ ...each, lastEventAt: "unknown" })) };
}
