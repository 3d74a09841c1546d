import type { Digest } from "../domain/digest.ts";
import type { SignatureFact } from "../domain/evidence.ts";
import type { ImageKey, Repository } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { ImageSource, Referrer } from "./image-source.ts";
import type { AwsSignerRevocation, NotationTrust, RevocationSource } from "./notation-trust.ts";
import type { OccurrenceSource, TrustedAttestor } from "./occurrence-source.ts";

/** A public key that the policy trusts, by the name it gives it. */
export interface TrustedKey {
  readonly name: string;
  /** SPKI, PEM. */
  readonly pem: string;
  /** Digest that goes with the key; Ed25519 with sha512 is Ed25519ph. */
  readonly hash: "sha256" | "sha384" | "sha512" | "of-key";
  /** Whether its signatures must also be in a log of the trusted root; absent: `ignored`. */
  readonly transparencyLog?: Need;
  /** Name of the Sigstore instance in whose logs they must be; absent: in those of any one. */
  readonly sigstore?: string | undefined;
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
  /** Name of the Sigstore instance that vouches for them: certificates of any other do not count. Absent: any one. */
  readonly sigstore?: string | undefined;
}

/** A Sigstore instance: its authorities and logs, and what a signature by a certificate must bring along. */
export interface SigstoreTrust {
  readonly name: string;
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
  /** Signers with certificates; they count only with an instance of `sigstore`. */
  readonly identities?: readonly TrustedIdentity[];
  readonly sigstore?: readonly SigstoreTrust[];
  readonly notation?: NotationTrust;
  /** Signers by Google's Binary Authorization. */
  readonly attestors?: readonly TrustedAttestor[];
  /** What must be signed: an attestation of this predicate type, or of one of these. Absent: a signature of the image, which no attestation is. */
  readonly predicateType?: string | readonly string[];
  /** Names and values that must stand in what was signed; none where it is absent. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface VerifyRequest {
  /** Registry and repository make the scope that Notation's policy is looked up by. */
  readonly image: ImageKey;
  readonly source: ImageSource;
  /** Where the image itself may lie, for a held one was moved; absent: in its own repository. */
  readonly repositories?: readonly Repository[];
  readonly referrers: readonly {
    readonly repository: Repository;
    readonly referrer: Referrer;
  }[];
  readonly trust: Trust;
  readonly now: Instant;
  /** Absent: what must be asked stays unknown. */
  readonly revocation?: RevocationSource;
  /** Absent: whether AWS Signer has revoked a signature stays unknown. */
  readonly awsSigner?: AwsSignerRevocation;
  /** Where attestations of Binary Authorization are; absent: nobody can be asked for them. */
  readonly occurrences?: OccurrenceSource;
}

/**
 * Judges every signature of its format among the referrers; one fact for each, good or bad. A bad one never hides a good one. Unreadable
 * content is a fact with its code; a registry fault throws AdapterError, for then absence is not proven.
 */
export interface SignatureVerifier {
  /** The format of its facts. */
  readonly id: string;
  /**
   * Where its signatures lie. `referrers`: what those of one request name is all that its answer rests on. `elsewhere`: beside the registry, of
   * which nothing is asked, so they change without its events.
   */
  readonly reads: "referrers" | "elsewhere";
  verify(request: VerifyRequest, signal?: AbortSignal): Promise<readonly SignatureFact[]>;
  /**
   * Everything of its format among the referrers, in its own words: nothing is verified. Absent: the format keeps nothing there. Faults as those of
   * `verify`.
   */
  claims?(request: Omit<VerifyRequest, "trust" | "revocation">, signal?: AbortSignal): Promise<readonly SignatureClaim[]>;
}

/** One signature or attestation, and what it says of itself. Whoever may push wrote it: for people to look at, and for nothing else. */
export interface SignatureClaim {
  readonly format: SignatureFact["format"];
  /** As in the fact about it. */
  readonly place: string;
  /** How it is written, in a few words: `bundle`, `JWS`. */
  readonly form: string;
  readonly says: ClaimedContent;
  readonly signer?: ClaimedSigner;
  readonly signedAt?: Instant;
  /** Digest that it names as that of the image. */
  readonly about?: Digest;
  /** A referrer that holds this one and nothing else, to be judged by itself. */
  readonly alone: VerifyRequest["referrers"][number];
}

export type ClaimedContent =
  | { readonly kind: "signature" }
  | { readonly kind: "attestation"; readonly predicateType: string }
  | { readonly kind: "unreadable"; readonly why: string };

export type ClaimedSigner =
  | { readonly kind: "key" }
  /** Whom the certificate names; `issuer`: the provider of identities, or the authority that made the certificate. */
  | { readonly kind: "certificate"; readonly issuer: string; readonly subject: string };
