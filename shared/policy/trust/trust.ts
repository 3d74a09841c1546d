import type { AttestorAlgorithm } from "../../domain/attestor-algorithm.ts";
import type { SignatureFact } from "../../domain/evidence.ts";
import type { Duration, Instant } from "../../domain/time.ts";

/** A public key that the policy trusts. Its text may lie in a file, which is read by whoever puts the gate together. */
export interface PolicyKey {
  readonly name: string;
  readonly source: { readonly kind: "file"; readonly path: string } | { readonly kind: "pem"; readonly pem: string };
  readonly hash: "sha256" | "sha384" | "sha512" | "of-key";
  readonly transparencyLog: Need;
  /** Name of the Sigstore instance whose logs count; absent where there is only one. */
  readonly sigstore?: string | undefined;
  readonly roles: readonly string[];
}

export type Need = "required" | "ignored";

/** In a pattern `*` stands for any characters; the whole text must match. */
export interface Wording {
  readonly kind: "exact" | "pattern";
  readonly value: string;
}

/** Somebody who signs with certificates (keyless). */
export interface PolicyIdentity {
  readonly name: string;
  readonly issuer: Wording;
  readonly subject: Wording;
  readonly claims: Readonly<Record<string, string>>;
  /** Name of the Sigstore instance that vouches for them; absent where there is only one. */
  readonly sigstore?: string | undefined;
  readonly roles: readonly string[];
}

/** Signatures that do not count although they are good: all of a signer, those made in a time, or a single one. What is given has to fit. */
export interface IgnoredSignatures {
  readonly signer?: string | undefined;
  /** Where it lies: the digest of its manifest, or its tag. */
  readonly signature?: string | undefined;
  readonly from?: Instant | undefined;
  readonly until?: Instant | undefined;
  readonly reason: string;
}

/** A Sigstore instance: whose certificates, logs and timestamps count, and which of them are demanded. */
export interface PolicySigstore {
  readonly name: string;
  /** Where its `trusted_root.json` comes from. */
  readonly source: { readonly kind: "file"; readonly path: string } | ({ readonly kind: "mirror" } & PolicyMirror);
  readonly transparencyLog: Need;
  readonly timestamp: Need;
  readonly sct: Need;
  readonly allowsChain: boolean;
}

/** A key of an attestor. `algorithm` absent: an OpenPGP key in ASCII armor; else SPKI in PEM. `pem` stands for either text. */
export interface PolicyAttestorKey {
  readonly source: PolicyKey["source"];
  readonly algorithm?: AttestorAlgorithm;
  readonly id?: string;
}

/** Somebody who attests by Binary Authorization, with where note and keys come from. */
export type PolicyAttestor = { readonly name: string; readonly roles: readonly string[] } & (
  | { readonly kind: "pinned"; readonly note: string; readonly keys: readonly PolicyAttestorKey[] }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "looked-up"; readonly attestor: string }
);

/** A mirror that renews a trusted root, signed and dated (The Update Framework). */
export interface PolicyMirror {
  readonly url: string;
  /** Path of the `root.json` that trust begins with. */
  readonly root: string;
  readonly target: string;
  readonly every: Duration;
  readonly isInternal: boolean;
}

/** Whose signatures count. Paths of files are relative to the policy. */
export interface PolicyTrust {
  readonly keys: readonly PolicyKey[];
  readonly identities: readonly PolicyIdentity[];
  readonly sigstore: readonly PolicySigstore[];
  /** `policy`: path of a `trustpolicy.json`; `store`: that of the folder with `x509`. */
  readonly notation?: { readonly name: string; readonly policy: string; readonly store: string; readonly roles: readonly string[] };
  readonly attestors?: readonly PolicyAttestor[];
  readonly ignored: readonly IgnoredSignatures[];
}

/** Somebody whose signatures count, by the policy's name for them. */
export interface TrustedSigner {
  readonly name: string;
  readonly format: SignatureFact["format"];
  readonly roles: readonly string[];
}

/** All whose signatures count. */
export function signersOf({ keys, identities, notation, attestors = [] }: PolicyTrust): readonly TrustedSigner[] {
  const named = (format: TrustedSigner["format"], signers: readonly Pick<TrustedSigner, "name" | "roles">[]): readonly TrustedSigner[] =>
    signers.map(({ name, roles }) => ({ name, format, roles }));
  return [
    ...named("cosign", [...keys, ...identities]),
    ...named("notation", notation === undefined ? [] : [notation]),
    ...named("binauthz", attestors),
  ];
}

/** What is wrong with a key's text, as far as one can see without reading the key itself. */
export function pemProblem(pem: string): { readonly message: string; readonly mend: string } | undefined {
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(pem))
    return { message: "this is a private key", mend: "take it out, replace it as it may be known now, and write the public key" };
  const isPublic = /^\s*-----BEGIN PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(pem);
  return isPublic
    ? undefined
    : { message: "this is no public key", mend: "write a PEM text from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----" };
}
