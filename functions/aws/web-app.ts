import { type AccessToken, accessToken } from "../../shared/web/access.ts";
import { createApp } from "../../shared/web/app.ts";
import type { Wired } from "./wire.ts";

/** Lambda reaches a function under the name that it gave to its URL, and under no other. */
const FUNCTION_URL = /^[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws$/;

/** The HTTP face of the gate: hooks, API and dashboard. Clusters ask a function of their own. */
export function webApp({ gate, file, settings: { hosts }, clock, log }: Wired): { fetch(request: Request): Promise<Response> } {
  const tokens: readonly AccessToken[] = file.people.flatMap((person) =>
    person.tokens.map((token) => accessToken(person.name, person.roles, token.reveal())),
  );
  const app = createApp({
    operator: gate.operator,
    takeOvers: gate.takeOvers,
    ledger: gate.deps.ledger,
    status: () => gate.status(),
    metrics: gate.metrics,
    tokens,
    hasAdmission: false,
    clock,
    log,
    isAllowedHost: (host) => FUNCTION_URL.test(host) || hosts.includes(host),
  });
  return { fetch: async (request) => app.fetch(request) };
}
