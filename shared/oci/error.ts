import { lookUp } from "../domain/look-up.ts";
import { quote } from "../domain/parse-error.ts";
import { AdapterError, type AdapterErrorCode } from "../ports/adapter-error.ts";
import type { HeaderFields } from "../runtime/exchange.ts";
import { readJson } from "../runtime/json.ts";
import { readRetryAfter } from "../runtime/retry.ts";

/** Bytes of an error body that are read. */
export const ERROR_BYTES = 64 * 1024;

// The registry's own codes say more than the status where they are known: distribution-spec "Error Codes", and those met in the wild.
const BY_CODE: Readonly<Record<string, AdapterErrorCode>> = {
  TOOMANYREQUESTS: "rate-limited",
  TAG_IMMUTABLE: "conflict",
  TAG_ALREADY_EXISTS: "conflict",
  UNSUPPORTED: "unsupported",
};
const BY_STATUS: Readonly<Record<number, AdapterErrorCode>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  405: "unsupported",
  408: "timeout",
  409: "conflict",
  410: "not-found",
  413: "too-large",
  415: "unsupported",
  429: "rate-limited",
  501: "unsupported",
};
const MENDS: Partial<Readonly<Record<AdapterErrorCode, string>>> = {
  unauthorized: "check the user name and password or token for this registry",
  forbidden: "give the gate's account the right to do this",
};

/** Codes of an error answer: `{"errors":[{"code"}]}`, zot's bare `{"code"}`, or none where the body is something else. */
export function readErrorCodes(body: Uint8Array): readonly string[] {
  let document: unknown;
  try {
    document = readJson(body, { maxBytes: ERROR_BYTES, maxDepth: 16, place: "error body" });
  } catch {
    return [];
  }
  if (!isRecord(document)) return [];
  const entries: readonly unknown[] = Array.isArray(document["errors"]) ? document["errors"] : [document];
  const codes = entries.map((entry) => (isRecord(entry) && typeof entry["code"] === "string" ? entry["code"] : undefined));
  return codes.filter((code) => code !== undefined && code !== "").map(String);
}

/** `what` names the call and its object: `DELETE manifest of shop/api`. */
export function asRegistryError(status: number, headers: HeaderFields, body: Uint8Array, what: string, now: number): AdapterError {
  const codes = readErrorCodes(body);
  const code = codes.map((name) => lookUp(BY_CODE, name)).find((known) => known !== undefined) ?? codeOf(status, codes);
  const retryAfter = readRetryAfter(headers, now);
  const mend = MENDS[code];
  return new AdapterError(code, `${what}: the registry answered ${status}${codes.length === 0 ? "" : ` ${quote(codes.join(", "))}`}`, {
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(mend === undefined ? {} : { mend }),
  });
}

function codeOf(status: number, codes: readonly string[]): AdapterErrorCode {
  // zot denies to delete a child of an index with 405: a matter of state, not of ability.
  if (status === 405 && codes.includes("DENIED")) return "conflict";
  return codeOfStatus(status);
}

/** What a status means where nothing else is said. */
export function codeOfStatus(status: number): AdapterErrorCode {
  return BY_STATUS[status] ?? (status >= 500 ? "unreachable" : "refused");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
