import type { RegistryHost } from "../domain/image-ref.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Credentials } from "../ports/provider.ts";
import { type HttpAnswer, type HttpStream, readAll, request, requestStream } from "../runtime/http.ts";
import { BRIEF_RETRY, type RetryRules, retry } from "../runtime/retry.ts";
import { isLoopback } from "../runtime/url.ts";
import { type Authorizer, openAuthorizer } from "./auth.ts";
import { asRegistryError, ERROR_BYTES, readErrorCodes } from "./error.ts";
import { printScope, type Scope } from "./scope.ts";

const TIMEOUT_MS = 30_000;
/** A call with a token that just expired, then one with the wider scope that the registry named. */
const MOST_RENEWALS = 2;
const ANSWER_BYTES = 1024 * 1024;

export interface ClientSettings {
  readonly host: RegistryHost;
  /** Whether plain HTTP may be spoken; allowed for loopback only. */
  readonly plainHttp: boolean;
  readonly credentials: Credentials;
  readonly retry?: RetryRules;
  /** The longest that an exchange may take, where that is less than the call allows itself. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch | undefined;
}

export interface Call {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly url: URL;
  readonly scopes: readonly Scope[];
  /** The object of the call, for error messages: `manifest of shop/api`. */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | (() => AsyncIterable<Uint8Array>);
  /** Statuses that are answers; every other one is thrown. */
  readonly answers: readonly number[];
  /** Bytes of the answer; 1 MiB where absent. */
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  readonly redirects?: number;
  /** A call that must not be made twice. */
  readonly once?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** HTTP to one registry: authentication, repetition and error answers are done with here. */
export interface Transport {
  readonly origin: URL;
  readonly retry: RetryRules;
  /** For calls that do not say otherwise. */
  readonly timeoutMs: number;
  /** Reads the answer whole. @throws AdapterError */
  call(call: Call): Promise<HttpAnswer>;
  /** Repeats only until the answer begins. @throws AdapterError */
  open(call: Call): Promise<HttpStream>;
}

export function openTransport(settings: ClientSettings): Transport {
  const origin = originOf(settings);
  const rules = settings.retry ?? BRIEF_RETRY;
  const authorizer = openAuthorizer({ origin, credentials: settings.credentials, clock: rules.clock, fetch: settings.fetch });
  const open = (call: Call): Promise<HttpStream> => openCall(authorizer, rules, settings, call);
  const repeated = <T>(call: Call, attempt: () => Promise<T>): Promise<T> =>
    call.once === true ? attempt() : retry(rules, attempt, call.signal);
  const call = (asked: Call): Promise<HttpAnswer> =>
    repeated(asked, async () => {
      const { status, headers, url, body } = await open(asked);
      return { status, headers, url, body: await readAll(body) };
    });
  return {
    origin,
    retry: rules,
    timeoutMs: limited(settings, TIMEOUT_MS),
    call,
    open: (asked) => repeated(asked, () => open(asked)),
  };
}

/** `docker.io` is the name that people write; its registry answers elsewhere. */
function originOf({ host, plainHttp }: ClientSettings): URL {
  const isHub = host === "docker.io" || host === "index.docker.io";
  const origin = new URL(`${plainHttp ? "http" : "https"}://${isHub ? "registry-1.docker.io" : host}`);
  if (!plainHttp || isLoopback(origin.hostname)) return origin;
  throw new AdapterError("refused", `${host}: plain HTTP is spoken on this machine only`, { mend: "give the registry a certificate" });
}

async function openCall(authorizer: Authorizer, { clock }: RetryRules, settings: ClientSettings, call: Call): Promise<HttpStream> {
  const scopes = call.scopes.map(printScope);
  let authorization = await authorizer.header(scopes);
  for (let renewals = 0; ; renewals++) {
    const answer = await send(call, authorization, settings);
    if (call.answers.includes(answer.status)) return answer;
    const body = await readErrorBody(answer);
    const renewed =
      answer.status === 401 && renewals < MOST_RENEWALS
        ? await authorizer.renew(answer.headers.get("www-authenticate"), scopes, authorization)
        : undefined;
    if (renewed === undefined) throw asRegistryError(answer.status, answer.headers, body, `${call.method} ${call.what}`, clock.now());
    authorization = renewed;
  }
}

function limited({ timeoutMs = Number.POSITIVE_INFINITY }: ClientSettings, ms: number): number {
  return Math.min(timeoutMs, ms);
}

function send(call: Call, authorization: string | undefined, settings: ClientSettings): Promise<HttpStream> {
  const { method, url, body, signal, redirects = 0 } = call;
  const headers = {
    // Digests are over the bytes as stored.
    "accept-encoding": "identity",
    "user-agent": "moorgate",
    ...call.headers,
    ...(authorization === undefined ? {} : { authorization }),
  };
  const timeoutMs = limited(settings, call.timeoutMs ?? TIMEOUT_MS);
  const limits = { timeoutMs, maxBytes: Math.max(call.maxBytes ?? ANSWER_BYTES, ERROR_BYTES) };
  const content = typeof body === "function" ? body() : body;
  return requestStream({ url, method, headers, body: content, signal, redirects, fetch: settings.fetch, ...limits });
}

/** The body of an error is a help only: where it cannot be read, the status speaks. */
async function readErrorBody({ body }: HttpStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      received += chunk.byteLength;
      if (received > ERROR_BYTES) break;
    }
  } catch {
    return new Uint8Array();
  }
  return Buffer.concat(chunks);
}

/**
 * Makes sure that a 404 is the registry's word. The specification lets it have any body, so one without a registry's marks is checked
 * against `/v2/`, which every registry answers with 200 or 401. An ingress without a backend says 404 there as well; believing it would
 * turn every image into "gone".
 * @throws AdapterError unreachable
 */
export async function proveAbsence(transport: Transport, { method, what, signal }: Call, answer: HttpAnswer): Promise<void> {
  if (readErrorCodes(answer.body).length > 0 || answer.headers.get("docker-distribution-api-version") !== null) return;
  const url = new URL("/v2/", transport.origin);
  const ping = await retry(transport.retry, () => request({ url, timeoutMs: transport.timeoutMs, maxBytes: ANSWER_BYTES, signal }), signal);
  if (ping.status === 200 || ping.status === 401) return;
  throw new AdapterError("unreachable", `${method} ${what}: the 404 does not come from a registry`, {
    mend: `check what answers at ${transport.origin.host}`,
  });
}
