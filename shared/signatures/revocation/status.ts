import type { Instant } from "../../domain/time.ts";
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
  | { readonly kind: "unknown"; readonly why: string; readonly until?: Instant };

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

export function isCurrent({ thisUpdate, nextUpdate }: AnswerTimes, now: Instant): boolean {
  return thisUpdate <= now && now <= nextUpdate;
}

/** The first of these times; `undefined` where there is none. */
export function earliest(times: readonly (Instant | undefined)[]): Instant | undefined {
  return times.reduce((first, time) => (first === undefined || (time !== undefined && time < first) ? time : first), undefined);
}
