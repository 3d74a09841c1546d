import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ConnectionOptions } from "node:tls";
import { isPublicAddress } from "./public-address.ts";
import { checkedLookup, notPublic } from "./public-lookup.ts";

export interface HttpRequest {
  readonly url: URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array> | undefined;
  /** For the whole exchange, the body included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the answer's body. */
  readonly maxBytes: number;
  /** How many redirects a GET or HEAD may follow; none where absent, the answer is then the 3xx itself. */
  readonly redirects?: number;
  /** Refuses loopback, private, link-local and metadata addresses, with the connection bound to the address that was checked. */
  readonly publicOnly?: boolean;
  /** With `publicOnly`: which addresses count as public, where it is not those of the public internet. */
  readonly isAllowed?: (address: string) => boolean;
  /** Speaks http with other machines too. Only for content that carries a signature of its own. */
  readonly plainHttp?: boolean;
  /** Whom to trust and how to say who asks, where it is not as everywhere: a cluster has an authority of its own. */
  readonly tls?: Pick<ConnectionOptions, "ca" | "cert" | "key" | "servername">;
  /** Carries the exchange instead of a socket: a server in this process. Redirects to other origins do not go through it. */
  readonly fetch?: typeof fetch | undefined;
}

/** Fields of an answer, by their names in any case; those of one name with commas between them. Node's own `Headers` would load its whole `fetch`. */
export type HeaderFields = Pick<Headers, "get">;

/** One answer as it comes from the wire: no redirect followed, nothing read. */
export interface Exchanged {
  readonly status: number;
  readonly headers: HeaderFields;
  readonly body: AsyncIterable<Uint8Array> | null;
}

const REPEATABLE: readonly string[] = ["GET", "HEAD", "PUT", "DELETE"];

/**
 * One exchange over Node's own client with its pool of connections. fetch is not used: it closes the connection after every HEAD, opens
 * and pipes web streams for each answer, and offers no way to say which address is connected to.
 */
export async function exchange(url: URL, options: HttpRequest, signal: AbortSignal): Promise<Exchanged> {
  const answer = await send(url, options, signal, {});
  return readAnswer(answer);
}

/**
 * One exchange with a host of the public internet. Checking its name first would let the answer change in between, so the check is the very
 * lookup that the socket makes. A connection of its own each time: a pooled one could have been opened without the check.
 */
export async function exchangePublic(
  url: URL,
  options: HttpRequest,
  signal: AbortSignal,
  isAllowed: (address: string) => boolean = isPublicAddress,
): Promise<Exchanged> {
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  // A socket looks up names only.
  if (isIP(literal) !== 0 && !isAllowed(literal)) throw notPublic(url.hostname);
  return readAnswer(await send(url, options, signal, { agent: false, lookup: checkedLookup(isAllowed) }));
}

interface Connection {
  readonly agent?: false;
  readonly lookup?: ReturnType<typeof checkedLookup>;
}

async function send(url: URL, options: HttpRequest, signal: AbortSignal, connection: Connection): Promise<IncomingMessage> {
  const { method = "GET", headers = {}, body } = options;
  const start = url.protocol === "https:" ? requestHttps : requestHttp;
  const outgoing = start(url, { method, headers, signal, ...connection, ...options.tls });
  const isStream = body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array);
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on("response", resolve);
    outgoing.on("error", (error) => {
      // The server closed an idle connection while we took it from the pool (Node documentation, request.reusedSocket).
      const isStale = outgoing.reusedSocket && "code" in error && error.code === "ECONNRESET" && !signal.aborted;
      if (isStale && !isStream && REPEATABLE.includes(method)) resolve(send(url, options, signal, connection));
      else reject(error);
    });
  });
  if (!isStream) {
    outgoing.end(body);
    return answered;
  }
  // A server may answer before it has everything; its answer then counts, not that it hung up on us.
  pipeline(Readable.from(body), outgoing).catch(() => undefined);
  const answer = await answered;
  answer.once("end", () => {
    if (!outgoing.writableFinished) outgoing.destroy();
  });
  return answer;
}

function readAnswer(answer: IncomingMessage): Exchanged {
  const fields = answer.headersDistinct;
  const headers = { get: (name: string) => fields[name.toLowerCase()]?.join(", ") ?? null };
  return { status: answer.statusCode ?? 0, headers, body: answer };
}
