import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Exchanged, HttpRequest } from "./exchange.ts";
import { isPublicAddress } from "./public-address.ts";

/**
 * One exchange with a host of the public internet. fetch offers no way to say which address is connected to, and checking the name first
 * would let its answer change in between; so the check is the very lookup that the socket makes. A connection of its own each time: a
 * pooled one could have been opened without the check.
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
  const answer = await send(url, options, signal, isAllowed);
  return { status: answer.statusCode ?? 0, headers: readHeaders(answer), body: answer };
}

async function send(
  url: URL,
  options: HttpRequest,
  signal: AbortSignal,
  isAllowed: (address: string) => boolean,
): Promise<IncomingMessage> {
  const start = url.protocol === "https:" ? requestHttps : requestHttp;
  const outgoing = start(url, {
    method: options.method ?? "GET",
    headers: options.headers,
    agent: false,
    lookup: checkedLookup(isAllowed),
    signal,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", reject);
  });
  const { body } = options;
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) {
    outgoing.end(body);
    return answered;
  }
  const [answer] = await Promise.all([answered, pipeline(Readable.from(body), outgoing)]);
  return answer;
}

type LookedUp = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** Every address that the name has must be allowed: one private among them is a trap or a mistake. */
function checkedLookup(isAllowed: (address: string) => boolean) {
  return (hostname: string, options: LookupOptions, done: LookedUp): void => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return done(error ?? notPublic(hostname), []);
      if (!addresses.every(({ address }) => isAllowed(address))) return done(notPublic(hostname), []);
      return options.all === true ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
}

function notPublic(host: string): AdapterError {
  return new AdapterError("refused", `${host}: not an address of the public internet`, {
    mend: "allow private destinations for this sink",
  });
}

function readHeaders(answer: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return headers;
}
