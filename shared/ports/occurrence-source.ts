import type { AttestorAlgorithm } from "../domain/attestor-algorithm.ts";

/** A key of an attestor: SPKI in PEM with the algorithm that goes with it, an OpenPGP key in ASCII armor, or one that is not verified here. */
export type AttestorKey =
  | {
      readonly kind: "pkix";
      readonly pem: string;
      readonly algorithm: AttestorAlgorithm;
      /** How signatures name it; absent: `ni:///sha-256;` and the digest of the key, as Binary Authorization names it itself. */
      readonly id?: string;
    }
  /** Signatures name it by its fingerprint. */
  | { readonly kind: "pgp"; readonly armored: string }
  | { readonly kind: "unsupported"; readonly why: string };

/** Somebody who attests by Binary Authorization, by the name that the policy gives them. */
export type TrustedAttestor = { readonly name: string } & (
  | {
      readonly kind: "pinned";
      /** `projects/P/notes/N`: what its attestations hang on. */
      readonly note: string;
      readonly keys: readonly AttestorKey[];
    }
  /** `projects/P/attestors/A`: note and keys are asked for whenever they are needed. */
  | { readonly kind: "looked-up"; readonly attestor: string }
);

/**
 * Where attestations of Binary Authorization are kept (Container Analysis), and where its attestors are known. Answers are documents of
 * the API; nothing in an attestation is trusted, while whoever answers for an attestor decides whose keys count.
 */
export interface OccurrenceSource {
  /**
   * All occurrences of a note (`projects/P/notes/N`) on a resource (`https://host/path@sha256:...`), as `Occurrence` of Container Analysis v1.
   * @throws AdapterError where not all could be read: absence is not proven then
   */
  attestations(note: string, resourceUri: string, signal?: AbortSignal): Promise<readonly unknown[]>;
  /**
   * An attestor (`projects/P/attestors/A`), as `Attestor` of Binary Authorization v1.
   * @throws AdapterError; not-found: there is none
   */
  attestor(name: string, signal?: AbortSignal): Promise<unknown>;
}
