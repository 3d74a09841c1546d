import { type AccessToken, accessToken } from "../web/access.ts";
import type { WebDeps } from "../web/deps.ts";
import type { Gate } from "./gate.ts";
import type { Person } from "./people.ts";

/** What the HTTP app knows of a gate. Under which names it is reached, and whose tokens it takes, each door says itself. */
export function faceOf({ operator, takeOvers, deps, metrics, status }: Gate): Omit<WebDeps, "tokens" | "hasAdmission" | "isAllowedHost"> {
  const { ledger, clock, log } = deps;
  return { operator, takeOvers, ledger, status: () => status(), metrics, clock, log };
}

export function tokensOf(people: readonly Person[]): readonly AccessToken[] {
  return people.flatMap(({ name, roles, tokens }) => tokens.map((token) => accessToken(name, roles, token.reveal())));
}
