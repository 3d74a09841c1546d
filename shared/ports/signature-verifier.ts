import type { SignatureFact } from "../domain/evidence.ts";
import type { ImageKey, Repository } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { ImageSource, Referrer } from "./image-source.ts";
import type { NotationTrust, RevocationSource } from "./notation-trust.ts";

/** A public key that the policy trusts, by the name it gives it. */
export interface TrustedKey {
  readonly name: string;
  /** SPKI, PEM. */
  readonly pem: string;
  /** Digest that goes with the key; Ed25519 with sha512 is Ed25519ph. */
  readonly hash: "sha256" | "sha384" | "sha512" | "of-key";
  /** Whether its signatures must also be in a log of the trusted root; absent: `ignored`. */
  readonly transparencyLog?: Need;
}

export type Need = "required" | "ignored";

/** In a pattern `*` stands for any characters, every other character for itself, and the whole text must match. */
export interface TextMatch {
  readonly kind: "exact" | "pattern";
  readonly value: string;
}

/** Somebody who signs with certificates, by the name the policy gives them. */
export interface TrustedIdentity {
  readonly name: string;
  /** Who vouches for the subject: the address of the OpenID provider. */
  readonly issuer: TextMatch;
  /** Mail address, URI (of a workflow) or user name in the certificate. */
  readonly subject: TextMatch;
  /** What else the certificate must say, exactly: `githubWorkflowRepository`, `sourceRepositoryRef` and so on. A name nobody knows never matches. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** A Sigstore instance: its authorities and logs, and what a signature by a certificate must bring along. */
export interface SigstoreTrust {
  /** Text of its `trusted_root.json`. */
  readonly root: string;
  /** Absent: `required`. */
  readonly transparencyLog?: Need;
  /** A timestamp of an authority (RFC 3161); absent: `ignored` as long as a log tells the time. */
  readonly timestamp?: Need;
  /** That the certificate is in a log of certificates; absent: `required`. */
  readonly sct?: Need;
  /** Whether a bundle of version 0.3 may bring the issuers of its certificate; absent: no, as the format says. */
  readonly allowsChain?: boolean;
}

export interface Trust {
  readonly keys: readonly TrustedKey[];
  /** Signers with certificates; they count only with `sigstore`. */
  readonly identities?: readonly TrustedIdentity[];
  readonly sigstore?: SigstoreTrust;
  readonly notation?: NotationTrust;
  /** What must be signed: an attestation of this predicate type. Absent: a signature of the image, which no attestation is. */
  readonly predicateType?: string;
  /** Names and values that must stand in what was signed; none where it is absent. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface VerifyRequest {
  /** Registry and repository make the scope that Notation's policy is looked up by. */
  readonly image: ImageKey;
  readonly source: ImageSource;
  readonly referrers: readonly {
    readonly repository: Repository;
    readonly referrer: Referrer;
  }[];
  readonly trust: Trust;
  readonly now: Instant;
  /** Absent: what must be asked stays unknown. */
  readonly revocation?: RevocationSource;
}

/**
 * Judges every signature of its format among the referrers; one fact for each, good or bad. A bad one never hides a good one. Unreadable
 * content is a fact with its code; a registry fault throws AdapterError, for then absence is not proven.
 */
export interface SignatureVerifier {
  readonly id: string;
  verify(request: VerifyRequest, signal?: AbortSignal): Promise<readonly SignatureFact[]>;
}
