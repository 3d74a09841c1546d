import type { Instant } from "../domain/time.ts";

/** Trust in the files of the Notary Project, as its users have them. */
export interface NotationTrust {
  /** What the policy calls whoever signs as these files demand. */
  readonly name: string;
  /** Text of `trustpolicy.json`. */
  readonly policy: string;
  /** Files of the trust stores, PEM or DER, by type and name of the store: `ca:acme`, `tsa:acme-tsa`, `signingAuthority:acme-sa`. */
  readonly stores: Readonly<Record<string, readonly Uint8Array[]>>;
}

/** What is asked of whoever issued a certificate: a list of the revoked (CRL), or the state of one (OCSP; `request` in DER). */
export type RevocationQuestion =
  | { readonly kind: "crl"; readonly url: string }
  | { readonly kind: "ocsp"; readonly url: string; readonly request: Uint8Array };

/** From when on an answer holds and until when, as whoever signed it says. */
export interface AnswerTimes {
  readonly thisUpdate: Instant;
  readonly nextUpdate: Instant;
}

/** What its asker made of an answer. */
export interface AnswerRead {
  /** Only where the answer is signed as it must be; it may be too old for all that. Absent: it is worth nothing, and is not kept. */
  readonly times?: AnswerTimes;
}

/** `none`: there is no answer; `why` names the host and no more of the address. */
export type Answered<Read> = { readonly kind: "read"; readonly read: Read } | { readonly kind: "none"; readonly why: string };

/**
 * Answers about revocation. The address comes out of a certificate that leads to a trusted one; an implementation must still guard itself
 * against where it points, and cap time and size. Answers are signed; nothing else about them is trusted: `read` judges each before it is
 * kept, and again whenever it is used.
 */
export interface RevocationSource {
  ask<Read extends AnswerRead>(
    question: RevocationQuestion,
    read: (answer: Uint8Array) => Read,
    signal?: AbortSignal,
  ): Promise<Answered<Read>>;
}

/** What AWS Signer is asked about one of its signatures (GetRevocationStatus). */
export interface AwsSignerQuestion {
  /**
   * For each certificate, from the signer's to the root's: SHA-384 of what its issuer signed and behind it that of the issuer's own, of the root
   * its own twice. Hexadecimal.
   */
  readonly certificateHashes: readonly string[];
  readonly jobArn: string;
  readonly profileVersionArn: string;
  readonly platformId: string;
  readonly signatureTimestamp: Instant;
}

/** Knows what AWS Signer has taken back. */
export interface AwsSignerRevocation {
  /** ARNs and hashes of what has been revoked; none: nothing. @throws AdapterError where there is no answer */
  revoked(question: AwsSignerQuestion, signal?: AbortSignal): Promise<readonly string[]>;
}
