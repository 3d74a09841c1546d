import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import type { Duration, Instant } from "../domain/time.ts";
import { add } from "../domain/time.ts";
import type { AccessToken } from "./access.ts";
import type { WebDeps } from "./deps.ts";

/** One signed-in browser. The cookie proves that its holder once showed the token; it does not hold the token. */
export interface Session {
  readonly token: AccessToken;
  /** Goes into every form of the session and has to come back with it. */
  readonly csrf: string;
}

export const SESSION_LASTS_FOR = (12 * 3_600_000) as Duration;

/** Browsers send cookies to every port of a host: the name keeps two gates on one machine apart. */
export function cookieName(tokens: readonly AccessToken[]): string {
  const [first] = tokens;
  return `moorgate-${first === undefined ? "none" : sign(first, "cookie name").slice(0, 8)}`;
}

/** Text of the cookie: `id.expiry.signature`. The key comes from the token, so a new token ends all sessions of the old one. */
export function openSession(token: AccessToken, now: Instant): string {
  const claims = `${randomBytes(16).toString("base64url")}.${add(now, SESSION_LASTS_FOR)}`;
  return `${claims}.${sign(token, `session ${claims}`)}`;
}

function readSession(tokens: readonly AccessToken[], cookie: string | undefined, now: Instant): Session | undefined {
  const [id, expiry, signature, ...rest] = cookie?.split(".") ?? [];
  if (id === undefined || expiry === undefined || signature === undefined || rest.length > 0) return undefined;
  const claims = `${id}.${expiry}`;
  const token = tokens.find((candidate) => isSame(signature, sign(candidate, `session ${claims}`)));
  if (token === undefined || !(Number(expiry) > now)) return undefined;
  return { token, csrf: sign(token, `form ${claims}`) };
}

/** The session whose cookie came with a request, where it still counts. */
export function sessionOf({ tokens, clock }: Pick<WebDeps, "tokens" | "clock">, context: Context): Session | undefined {
  return readSession(tokens, getCookie(context, cookieName(tokens)), clock.now());
}

export function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function sign(token: AccessToken, text: string): string {
  return createHmac("sha256", token.sha256).update(`moorgate ${text}`).digest("base64url");
}
