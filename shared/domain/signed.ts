import type { SignatureFact } from "./evidence.ts";
import type { Instant } from "./time.ts";

/** An accepted signature, remembered so that its loss is noticed. */
export interface KnownSignature {
  readonly format: SignatureFact["format"];
  /** The manifest's digest, or the tag of a legacy signature. */
  readonly place: string;
  /** Name of the trusted key or identity. */
  readonly identity: string;
}

/**
 * Why a signature that was accepted is not any more. `deleted`: it is gone; `replaced`: another content stands under its tag; `distrusted`: it is
 * there, and whoever made it is not trusted any more, or not with it.
 */
export const LOSS_CAUSES = ["revoked", "deleted", "replaced", "expired", "distrusted"] as const;
export type LossCause = (typeof LOSS_CAUSES)[number];

/** In words for people, after "not signed any more". */
export const LOSS_WORDS: Readonly<Record<LossCause, string>> = {
  revoked: "the certificate of its signer was revoked",
  deleted: "its signature was deleted",
  replaced: "its signature was replaced by one that does not verify",
  expired: "its signature has expired",
  distrusted: "its signer is not trusted any more",
};

export interface Loss {
  /** When it was noticed. */
  readonly at: Instant;
  readonly cause: LossCause;
  /** Whom the registry named for it; absent where it did not, and where nobody had to do anything. */
  readonly actor?: string;
}

/** What became of accepted signatures. An image that never had one has none of this. */
export interface Signed {
  /** Those that were last accepted. */
  readonly signatures: readonly KnownSignature[];
  /** Version of the policy that they were accepted by. */
  readonly policy: string;
  /** Since then none is. */
  readonly loss?: Loss;
}

/** Names of all who signed, each once. */
export function signersOf(signatures: readonly KnownSignature[]): readonly string[] {
  return [...new Set(signatures.map(({ identity }) => identity))].sort();
}
