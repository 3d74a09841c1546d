import { AdapterError } from "../ports/adapter-error.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import { type Exchanged, exchange, exchangePublic, type HeaderFields, type HttpRequest } from "./exchange.ts";
import { asHttpFault, tooLarge } from "./http-fault.ts";
import { checkRedirect, checkUrl } from "./url.ts";

export interface HttpHead {
  readonly status: number;
  readonly headers: HeaderFields;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
}

export interface HttpAnswer extends HttpHead {
  readonly body: Uint8Array;
}

/** The body is read by the caller: whole, or left early by ending the loop over it. */
export interface HttpStream extends HttpHead {
  readonly body: AsyncIterable<Uint8Array>;
}

const DROPPED_BYTES = 64 * 1024;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
// What may go to another origin: how the content is asked for, and nothing that says who asks.
const ANONYMOUS_HEADERS: readonly string[] = ["accept", "accept-encoding", "range", "user-agent"];

/** @throws AdapterError unreachable, timeout, too-large, refused; a status is an answer and never an error here */
export async function request(options: HttpRequest): Promise<HttpAnswer> {
  const { status, headers, url, body } = await requestStream(options);
  return { status, headers, url, body: await readAll(body) };
}

/** @throws AdapterError as `request` does, also while the body is read */
export async function requestStream(options: HttpRequest): Promise<HttpStream> {
  const deadline = startDeadline(options.timeoutMs, options.signal);
  try {
    const { url, answer } = await follow(options, deadline.signal);
    const body = answer.body ?? nothing();
    await checkLength(options, answer, body);
    return { status: answer.status, headers: answer.headers, url, body: capped(body, options, deadline) };
  } catch (error) {
    deadline.clear();
    throw asHttpFault(error, options, deadline.signal);
  }
}

export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks[0] !== undefined && chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

async function follow(options: HttpRequest, signal: AbortSignal): Promise<{ readonly url: URL; readonly answer: Exchanged }> {
  const method = options.method ?? "GET";
  const most = method === "GET" || method === "HEAD" ? (options.redirects ?? 0) : 0;
  let url = options.url;
  let headers = options.headers ?? {};
  for (let followed = 0; ; followed++) {
    checkUrl(url, options.plainHttp);
    const answer = await carry(url, { ...options, method, headers }, signal);
    const location = answer.headers.get("location");
    if (most === 0 || location === null || !REDIRECTS.includes(answer.status)) return { url, answer };
    await drop(answer.body);
    if (followed === most) throw new AdapterError("refused", `${method} ${options.url.origin}: more than ${most} redirects`);
    const target = checkRedirect(options.url, url, location);
    if (target.origin !== url.origin)
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => ANONYMOUS_HEADERS.includes(name)));
    url = target;
  }
}

async function carry(url: URL, options: HttpRequest & { readonly method: string }, signal: AbortSignal): Promise<Exchanged> {
  if (options.publicOnly === true) return exchangePublic(url, options, signal, options.isAllowed);
  if (options.fetch === undefined || url.origin !== options.url.origin) return exchange(url, options, signal);
  const { method, headers = {}, body } = options;
  const isStream = body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array);
  return options.fetch(url, {
    method,
    headers,
    redirect: "manual",
    signal,
    ...(body === undefined ? {} : { body }),
    ...(isStream ? { duplex: "half" as const } : {}),
  });
}

async function checkLength(options: HttpRequest, answer: Exchanged, body: AsyncIterable<Uint8Array>): Promise<void> {
  const announced = Number(answer.headers.get("content-length") ?? "0");
  if (options.method === "HEAD" || !(announced > options.maxBytes)) return;
  await body[Symbol.asyncIterator]().return?.();
  throw tooLarge(options, announced);
}

async function* capped(body: AsyncIterable<Uint8Array>, options: HttpRequest, deadline: Deadline): AsyncGenerator<Uint8Array> {
  let received = 0;
  try {
    for await (const chunk of body) {
      received += chunk.byteLength;
      if (received > options.maxBytes) throw tooLarge(options, received);
      yield chunk;
    }
  } catch (error) {
    throw asHttpFault(error, options, deadline.signal);
  } finally {
    deadline.clear();
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Reads on a little, so that the connection can be used again, and no further. */
async function drop(body: AsyncIterable<Uint8Array> | null): Promise<void> {
  let received = 0;
  for await (const chunk of body ?? nothing()) {
    received += chunk.byteLength;
    if (received > DROPPED_BYTES) return;
  }
}
