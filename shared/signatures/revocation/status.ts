import { add, type Instant, instant, parseDuration } from "../../domain/time.ts";
import type { AnswerTimes, RevocationSource } from "../../ports/notation-trust.ts";
import type { Certificate } from "../x509.ts";

/**
 * What an answer says of one certificate. `unknown`: the answer is none, of somebody else, too old or about another certificate. `until`: when
 * to ask again; absent: nobody had to be asked.
 */
export type RevocationStatus =
  | { readonly kind: "good"; readonly until?: Instant }
  /** `invalidAt`: from when on it must not be trusted, where the issuer says it. `what`: its name, where it is no certificate. */
  | { readonly kind: "revoked"; readonly invalidAt: Instant | undefined; readonly until?: Instant; readonly what?: string }
  | { readonly kind: "unknown"; readonly why: string };

/**
 * How long an answer is used before the question is asked again: some lists hold for a year, and whoever is revoked meanwhile stands in the next
 * one, which is there long before.
 */
export const ASKED_AGAIN_AFTER = parseDuration("24h");
const HOUR = parseDuration("1h");

/** When to ask again, to the hour: to the second the same answer would be another fact each time that an image is judged. */
export function dayAfter(now: Instant): Instant {
  const at = add(now, ASKED_AGAIN_AFTER);
  return instant(at - (at % HOUR));
}
export const NOBODY = "nobody is there to ask whether a certificate has been revoked";

export interface RevocationDeps {
  /** Absent: what must be asked stays unknown. */
  readonly source: RevocationSource | undefined;
  readonly now: Instant;
}

/** A certificate and the one that issued it. */
export interface Issued {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** Authorities above the issuer: one of them may keep the lists of the others. */
  readonly above?: readonly Certificate[];
}

export function unknown(why: string): Extract<RevocationStatus, { kind: "unknown" }> {
  return { kind: "unknown", why };
}

// As openssl-ocsp(1) takes by default (-validity_period). Without it an answer given on the spot, a moment after `now` was read, would be none.
const CLOCK_SKEW = parseDuration("5m");

export function isCurrent({ thisUpdate, nextUpdate }: AnswerTimes, now: Instant): boolean {
  return thisUpdate <= add(now, CLOCK_SKEW) && now <= nextUpdate;
}
