import type { SignatureCode } from "../../domain/evidence.ts";
import type { Instant } from "../../domain/time.ts";

/** What was found out about one signature, before it is known where it lies. */
export interface Judgement {
  readonly code: SignatureCode;
  readonly detail: string;
  /** Subject of the signer's certificate; only with `ok`, and only where root and identity were found right. */
  readonly identity?: string;
  /** The outcome may be another from here on by time alone. */
  readonly goodUntil?: Instant;
}
