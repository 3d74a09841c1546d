import type { Digest } from "./digest.ts";
import type { Instant } from "./time.ts";

/**
 * `by`: who vouches for the time. The word of the `signer` alone proves nothing. A log and a timestamp authority say when they had it: whoever has a
 * signature with a key can hand it in again, and have a later time told.
 */
export interface SigningTime {
  readonly at: Instant;
  readonly by: "log" | "timestamp-authority" | "signing-authority" | "signer";
}

/**
 * A time that nobody but the signer can make later: the start of the `certificate` of a keyless signature, or what the `signing-authority` or the
 * `signer` wrote under the signature itself.
 */
export interface EarliestTime {
  readonly at: Instant;
  readonly by: "certificate" | "signing-authority" | "signer";
}

/** One signature that was found good. */
export interface Voucher {
  /** All trusted names that it verifies under. */
  readonly names: readonly [string, ...string[]];
  /** Where the signature lies, as its fact says. */
  readonly place: string;
  readonly signedAt?: SigningTime;
  readonly madeAfter?: EarliestTime;
  /** As in its fact. */
  readonly goodUntil?: Instant;
}

/** What was told by a document, which may have been signed. */
export interface Vouched {
  /** SHA-256 of the bytes of the in-toto statement that it stands in; absent where it stands in none that could have been signed. */
  readonly statement?: Digest;
  /** Everybody whom the policy trusts and who signed that statement; absent: nobody vouches for it. */
  readonly signedBy?: readonly Voucher[];
}
