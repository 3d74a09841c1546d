import { AdapterError } from "../ports/adapter-error.ts";
import type { Basic } from "../ports/provider.ts";
import type { HttpAnswer } from "../runtime/http.ts";
import { request } from "../runtime/http.ts";
import { readJson } from "../runtime/json.ts";
import { readObject } from "./document.ts";
import { asRegistryError } from "./error.ts";

const TOKEN_BYTES = 256 * 1024;
const TOKEN_TIMEOUT_MS = 15_000;
/** Token specification of distribution: "if omitted, this defaults to 60 seconds". */
const DEFAULT_LIFE_S = 60;

export interface TokenRequest {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  /** Absent: an anonymous token. */
  readonly credentials: Basic | undefined;
  readonly now: number;
}

export interface Token {
  readonly header: string;
  /** When to stop using it: some time before it expires, for it still has to travel. */
  readonly usableUntil: number;
}

/**
 * Asks a token service (distribution `spec/auth`: token.md, oauth.md).
 * @throws AdapterError
 */
export async function requestToken(asked: TokenRequest): Promise<Token> {
  const answer = await send(asked);
  const withoutDelete = asked.scopes.map((scope) => scope.replace(/,delete$/, ""));
  // Quay knows no `delete` and refuses the whole scope; its pushers may delete.
  if (answer.status === 400 && withoutDelete.some((scope, at) => scope !== asked.scopes[at])) {
    return readToken(await send({ ...asked, scopes: withoutDelete }), asked);
  }
  return readToken(answer, asked);
}

export function basicHeader({ username, password }: Basic): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

async function send({ realm, service, scopes, credentials }: TokenRequest): Promise<HttpAnswer> {
  const limits = { timeoutMs: TOKEN_TIMEOUT_MS, maxBytes: TOKEN_BYTES };
  if (credentials?.kind === "identity-token") {
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: credentials.password,
      client_id: "moorgate",
      scope: scopes.join(" "),
    });
    if (service !== undefined) form.set("service", service);
    const headers = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" };
    return request({ url: realm, method: "POST", headers, body: form.toString(), ...limits });
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const headers = { accept: "application/json", ...(credentials === undefined ? {} : { authorization: basicHeader(credentials) }) };
  return request({ url, headers, ...limits });
}

function readToken({ status, headers, body }: HttpAnswer, { realm, now }: TokenRequest): Token {
  const place = `token of ${realm.host}`;
  if (status !== 200) throw asRegistryError(status, headers, body, place, now);
  const members = readObject(readJson(body, { maxBytes: TOKEN_BYTES, maxDepth: 16, place }), place);
  const token = [members["token"], members["access_token"]].find((value) => typeof value === "string" && value !== "");
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) throw new AdapterError("malformed", `${place}: the answer has no token`);
  const life = typeof members["expires_in"] === "number" && members["expires_in"] > 0 ? members["expires_in"] : DEFAULT_LIFE_S;
  return { header: `Bearer ${token}`, usableUntil: now + Math.min(life, 3_600) * 800 };
}
