import type { Digest } from "../domain/digest.ts";
import type { SignatureFact } from "../domain/evidence.ts";
import type { Repository } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { ImageSource, Referrer } from "./image-source.ts";

/** A public key that the policy trusts, by the name it gives it. */
export interface TrustedKey {
  readonly name: string;
  /** SPKI, PEM. */
  readonly pem: string;
  /** Digest that goes with the key; Ed25519 with sha512 is Ed25519ph. */
  readonly hash: "sha256" | "sha384" | "sha512" | "of-key";
}

export interface Trust {
  readonly keys: readonly TrustedKey[];
  /** Names and values that must stand in what was signed; none where it is absent. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface VerifyRequest {
  readonly image: { readonly repository: Repository; readonly digest: Digest };
  readonly source: ImageSource;
  readonly referrers: readonly { readonly repository: Repository; readonly referrer: Referrer }[];
  readonly trust: Trust;
  readonly now: Instant;
}

/**
 * Judges every signature of its format among the referrers; one fact for each, good or bad. A bad one never hides a good one. Unreadable
 * content is a fact with its code; a registry fault throws AdapterError, for then absence is not proven.
 */
export interface SignatureVerifier {
  readonly id: string;
  verify(request: VerifyRequest, signal?: AbortSignal): Promise<readonly SignatureFact[]>;
}
