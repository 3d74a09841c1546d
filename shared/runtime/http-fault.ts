import { AdapterError } from "../ports/adapter-error.ts";
import type { HttpRequest } from "./exchange.ts";

type Asked = Pick<HttpRequest, "url" | "method" | "timeoutMs" | "maxBytes">;

/** Names method and origin only: paths and queries of webhooks and presigned links are secrets. */
function name({ method, url }: Asked): string {
  return `${method ?? "GET"} ${url.protocol}//${url.host}`;
}

export function tooLarge(asked: Asked, bytes: number): AdapterError {
  return new AdapterError("too-large", `${name(asked)}: the answer has ${bytes} bytes or more, at most ${asked.maxBytes} are read`);
}

const TRUST_IT = "install the certificate of the authority that signed the server's, see NODE_EXTRA_CA_CERTS";
/** Of faults that more often lie in a wrong address than in a network that is down for a moment. */
const MENDS: Readonly<Record<string, string>> = {
  ENOTFOUND: "check the name of the host, and whether it can be looked up from here",
  // OpenSSL was answered in something that is no TLS.
  EPROTO: "where the server speaks plain http, say plainHttp: true beside its address",
  ECONNREFUSED: "check host and port, and that the server there is running",
};

/** What fetch and sockets throw, as the one error of adapters. */
export function asHttpFault(error: unknown, asked: Asked, signal: AbortSignal): AdapterError {
  if (error instanceof AdapterError) return error;
  if (signal.aborted) {
    const isDeadline = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError";
    const why = isDeadline ? `no whole answer within ${asked.timeoutMs} ms` : "the call was cancelled";
    return new AdapterError("timeout", `${name(asked)}: ${why}`);
  }
  const code = codeOf(error);
  const isTrust = /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS)/.test(code);
  const mend = isTrust ? TRUST_IT : MENDS[code];
  return new AdapterError("unreachable", `${name(asked)}: the exchange failed (${code})`, {
    retryable: !isTrust,
    ...(mend === undefined ? {} : { mend }),
  });
}

/** Node's short code of a failed connection (`ECONNREFUSED`), wherever fetch put it. Messages are not used: they may quote the URL. */
function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
  }
  return "no code";
}
