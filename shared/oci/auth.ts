import { AdapterError } from "../ports/adapter-error.ts";
import type { Clock } from "../ports/clock.ts";
import type { Basic, Credentials } from "../ports/provider.ts";
import { request } from "../runtime/http.ts";
import { parseChallenges } from "./challenge.ts";
import { asRegistryError } from "./error.ts";
import { chooseWay, isTrustedRealm, type Way } from "./realm.ts";
import { alsoAsked } from "./scope.ts";
import { basicHeader, requestToken, type Token } from "./token.ts";

const MOST_TOKENS = 1_000;
const BASIC_LIFE_MS = 60_000;

export interface Authorizer {
  /** Authorization header for a call that needs these scopes; undefined: none is wanted, as far as is known. */
  header(scopes: readonly string[]): Promise<string | undefined>;
  /** After a 401: another header to try, or undefined where there is none. */
  renew(challenge: string | null, scopes: readonly string[], sent: string | undefined): Promise<string | undefined>;
}

interface Known {
  /** Undefined before the registry was asked, and after it could not be. */
  way: Promise<Way> | undefined;
  /** Origin of the token service, from the first token on. */
  pinned: string | undefined;
  readonly tokens: Map<string, Promise<Token>>;
}

interface AuthorizerSettings {
  readonly origin: URL;
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** What carries requests to the registry itself. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Remembers what one registry wants and the tokens it gave; nothing outlives the client that holds it. */
export function openAuthorizer(settings: AuthorizerSettings): Authorizer {
  const known: Known = { way: undefined, pinned: undefined, tokens: new Map() };
  return {
    async header(scopes) {
      known.way ??= discover(settings).catch((error: unknown) => {
        known.way = undefined;
        throw error;
      });
      return headerFor(settings, known, await known.way, scopes, scopes);
    },
    async renew(challenge, scopes, sent) {
      const challenges = parseChallenges(challenge ?? "");
      const way = chooseWay(challenges);
      if (way === undefined) return undefined;
      known.way = Promise.resolve(way);
      known.tokens.delete(keyOf(way, scopes));
      const asked = challenges.find(({ scheme }) => scheme === "bearer")?.parameters.get("scope");
      const wanted = sent === undefined ? scopes : [...scopes, ...alsoAsked(asked, scopes)];
      const header = await headerFor(settings, known, way, scopes, wanted);
      return header === sent ? undefined : header;
    },
  };
}

/**
 * Asks `/v2/` how to authenticate, where we have credentials. Waiting for a 401 is not enough: a registry that is open to anonymous readers
 * hides what they may not see, and its 404 would look like a proof of absence.
 */
async function discover({ origin, credentials, clock, fetch }: AuthorizerSettings): Promise<Way> {
  const given = await credentials();
  if (given === undefined) return { kind: "open" };
  const { status, headers, body } = await request({ url: new URL("/v2/", origin), timeoutMs: 15_000, maxBytes: 1024 * 1024, fetch });
  if (status === 401) return chooseWay(parseChallenges(headers.get("www-authenticate") ?? "")) ?? { kind: "open" };
  if (status === 429 || status >= 500) throw asRegistryError(status, headers, body, `GET /v2/ of ${origin.host}`, clock.now());
  return status === 200 && given.kind === "password" ? { kind: "basic" } : { kind: "open" };
}

/** `wanted` are the scopes to ask for where no token is at hand for `scopes`; a registry may have said that it needs more. */
async function headerFor(
  settings: AuthorizerSettings,
  known: Known,
  way: Way,
  scopes: readonly string[],
  wanted: readonly string[],
): Promise<string | undefined> {
  if (way.kind === "open") return undefined;
  const key = keyOf(way, scopes);
  const cached = known.tokens.get(key);
  if (cached !== undefined) {
    const token = await cached;
    if (token.usableUntil > settings.clock.now()) return token.header;
    if (known.tokens.get(key) !== cached) return headerFor(settings, known, way, scopes, wanted);
  }
  const made = way.kind === "basic" ? makeBasic(settings) : makeToken(settings, known, way, wanted);
  remember(known.tokens, key, made);
  return (await made).header;
}

/** Calls at the same time share one request; a failed one is forgotten. */
function remember(tokens: Map<string, Promise<Token>>, key: string, made: Promise<Token>): void {
  const [oldest] = tokens.keys();
  if (tokens.size >= MOST_TOKENS && oldest !== undefined) tokens.delete(oldest);
  tokens.set(key, made);
  made.catch(() => {
    if (tokens.get(key) === made) tokens.delete(key);
  });
}

async function makeBasic({ origin, credentials, clock }: AuthorizerSettings): Promise<Token> {
  const given = await credentials();
  if (given === undefined || given.kind === "identity-token") throw noCredentials(origin, given);
  return { header: basicHeader(given), usableUntil: clock.now() + BASIC_LIFE_MS };
}

async function makeToken(
  { origin, credentials, clock }: AuthorizerSettings,
  known: Known,
  { realm, service }: Way & { readonly kind: "bearer" },
  scopes: readonly string[],
): Promise<Token> {
  if (known.pinned !== undefined && known.pinned !== realm.origin) {
    throw new AdapterError("refused", `${origin.host}: its token service was ${known.pinned} and is now ${realm.origin}`);
  }
  const given = await credentials();
  if (given !== undefined && !isTrustedRealm(origin, realm)) {
    throw new AdapterError(
      "refused",
      `${origin.host}: its token service ${realm.origin} belongs to another site, which gets no credentials`,
      {
        mend: "let the registry name a token service on its own site",
      },
    );
  }
  const token = await requestToken({ realm, service, scopes, credentials: given, now: clock.now() });
  known.pinned = realm.origin;
  return token;
}

function noCredentials(origin: URL, given: Basic | undefined): AdapterError {
  const problem = given === undefined ? "it wants a user name and password, and none are set" : "it takes no identity token";
  return new AdapterError("unauthorized", `${origin.host}: ${problem}`, { mend: "set a user name and password for this registry" });
}

function keyOf(way: Way, scopes: readonly string[]): string {
  return way.kind === "bearer" ? [way.realm.href, way.service ?? "", ...scopes].join("\n") : way.kind;
}
