import { redactText } from "../audit/redact.ts";
import type { AdapterError } from "../ports/adapter-error.ts";
import type { Delivered } from "../ports/audit-sink.ts";
import type { HeaderFields } from "../runtime/exchange.ts";
import { readRetryAfter } from "../runtime/retry.ts";

/** What a destination answered; `said` is the beginning of its body. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderFields;
  readonly said: string;
}

const LATER: readonly number[] = [408, 425, 429];
const REFUSED: readonly number[] = [400, 413, 415, 422];

/** One table for all destinations that speak HTTP. What is not in it pauses: a status that nobody foresaw must not cost events. */
export function fromStatus(answer: Answer, count: number, now: number): Delivered {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return { kind: "delivered", count };
  const why = explain(answer);
  if (status >= 500 || LATER.includes(status)) {
    const afterMs = readRetryAfter(headers, now);
    return afterMs === undefined ? { kind: "retry", why } : { kind: "retry", why, afterMs };
  }
  if (status === 410) return { kind: "disabled", why };
  return REFUSED.includes(status) ? { kind: "refused", count, why } : { kind: "paused", why };
}

/** No answer: the request may have arrived all the same, so it is sent again with the same id. */
export function fromFault(error: AdapterError): Delivered {
  const why = error.mend === undefined ? error.message : `${error.message}. ${error.mend}`;
  return error.retryable ? { kind: "retry", why } : { kind: "paused", why };
}

function explain({ status, said }: Answer): string {
  const hint = status >= 300 && status < 400 ? "redirects are not followed: set the final address" : printable(redactText(said));
  return hint === "" ? `answered ${status}` : `answered ${status}: ${hint}`;
}

function printable(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 200);
}
