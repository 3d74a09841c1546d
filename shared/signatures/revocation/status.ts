import type { Instant } from "../../domain/time.ts";
import type { Certificate } from "../x509.ts";

/**
 * What an answer says of one certificate. `unknown`: the answer is none, of somebody else, too old or about another certificate. `until`: when
 * to ask again; absent: nobody had to be asked.
 */
export type RevocationStatus =
  | { readonly kind: "good"; readonly until?: Instant }
  /** `invalidAt`: from when on it must not be trusted, where the issuer says it. */
  | { readonly kind: "revoked"; readonly invalidAt: Instant | undefined; readonly until?: Instant }
  | { readonly kind: "unknown"; readonly why: string; readonly until?: Instant };

/** A certificate and the one that issued it. */
export interface Issued {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

export function unknown(why: string): RevocationStatus {
  return { kind: "unknown", why };
}

/** Whether an answer of that time holds now. One that names no end holds for nothing: it could be replayed for ever. */
export function isCurrent(thisUpdate: Instant, nextUpdate: Instant | undefined, now: Instant): boolean {
  return nextUpdate !== undefined && thisUpdate <= now && now <= nextUpdate;
}

/** The first of these times; `undefined` where there is none. */
export function earliest(times: readonly (Instant | undefined)[]): Instant | undefined {
  return times.reduce((first, time) => (first === undefined || (time !== undefined && time < first) ? time : first), undefined);
}
