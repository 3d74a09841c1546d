import { type KeyObject, verify } from "node:crypto";
import type { Digest } from "../../domain/digest.ts";
import { sha256Of } from "../../oci/sha256.ts";
import type { TrustedKey } from "../../ports/signature-verifier.ts";
import { openPreHashed } from "../ed25519ph.ts";
import { readSpki } from "../spki.ts";

/** A trusted key, ready to verify with; or why none of our verifications may use it. */
export type VerificationKey = UsableKey | { readonly kind: "unusable"; readonly name: string; readonly why: string };

export interface UsableKey {
  readonly kind: "usable";
  readonly name: string;
  /** SubjectPublicKeyInfo in DER: how a log names the key. */
  readonly spki: Uint8Array;
  /** SHA-256 of `spki`. */
  readonly digest: Digest;
  readonly needsLog: boolean;
  /** The Sigstore instance whose logs count; absent: any. */
  readonly sigstore: string | undefined;
  readonly verifies: (data: Uint8Array, signature: Uint8Array) => boolean;
}

type Read = Pick<UsableKey, "kind" | "verifies"> | { readonly kind: "unusable"; readonly why: string };

type Hash = Exclude<TrustedKey["hash"], "of-key">;

// Bytes of r and of s in the raw form (IEEE P1363).
const CURVES: Readonly<Record<string, number>> = { prime256v1: 32, secp384r1: 48, secp521r1: 66 };
const LEAST_RSA_BITS = 2048;

/** Reads an SPKI PEM. Never throws. */
export function readKey({ name, pem, hash: asked, transparencyLog, sigstore }: TrustedKey): VerificationKey {
  const key = readSpki(pem);
  if (key === undefined) return { kind: "unusable", name, why: "is no public key in SPKI PEM form" };
  const read = readOf(key, asked);
  if (read.kind === "unusable") return { ...read, name };
  const spki = key.export({ type: "spki", format: "der" });
  return { ...read, name, spki, digest: sha256Of(spki), needsLog: transparencyLog === "required", sigstore };
}

function readOf(key: KeyObject, asked: TrustedKey["hash"]): Read {
  switch (key.asymmetricKeyType) {
    case "ec":
      return readEcdsa(key, asked === "of-key" ? hashOf(key) : asked);
    case "rsa":
      return readRsa(key, asked === "of-key" ? "sha256" : asked);
    case "ed25519":
      return readEd25519(key, asked);
    default:
      return { kind: "unusable", why: `is of type ${key.asymmetricKeyType ?? "unknown"}; ECDSA, RSA and Ed25519 keys are supported` };
  }
}

// sigstore/sigstore, pkg/signature/options: what cosign signs with when nobody says otherwise.
function hashOf(key: KeyObject): Hash {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === "secp384r1") return "sha384";
  return curve === "secp521r1" ? "sha512" : "sha256";
}

// cosign signs with DER and verifies both forms (sigstore/sigstore, pkg/signature/ecdsa.go); key services such as Azure's give the raw one.
function readEcdsa(key: KeyObject, hash: Hash): Read {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? "of its own parameters";
  const size = CURVES[curve];
  if (size === undefined) return { kind: "unusable", why: `lies on the curve ${curve}; P-256, P-384 and P-521 are supported` };
  const raw = { key, dsaEncoding: "ieee-p1363" } as const;
  const verifies = (data: Uint8Array, signature: Uint8Array): boolean =>
    verify(hash, data, key, signature) || (signature.byteLength === 2 * size && verify(hash, data, raw, signature));
  return { kind: "usable", verifies };
}

// PKCS #1 v1.5: what cosign makes of an RSA key (sigstore/sigstore, pkg/signature/verifier.go).
function readRsa(key: KeyObject, hash: Hash): Read {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < LEAST_RSA_BITS) return { kind: "unusable", why: `has ${bits} bits; RSA keys need ${LEAST_RSA_BITS} or more` };
  return { kind: "usable", verifies: (data, signature) => verify(hash, data, key, signature) };
}

// The pure form, which cosign made until its third version, or the pre-hashed one (Ed25519ph), which it makes since. What is signed in one form
// can never pass in the other (RFC 8032, 8.6), so both count where the policy names none.
function readEd25519(key: KeyObject, asked: TrustedKey["hash"]): Read {
  const isPure = (data: Uint8Array, signature: Uint8Array): boolean => verify(null, data, key, signature);
  const isPreHashed = openPreHashed(key);
  switch (asked) {
    case "sha256":
      return { kind: "usable", verifies: isPure };
    case "sha512":
      return { kind: "usable", verifies: isPreHashed };
    case "of-key":
      return { kind: "usable", verifies: (data, signature) => isPure(data, signature) || isPreHashed(data, signature) };
    case "sha384":
      return { kind: "unusable", why: "asks for SHA-384, which goes with no Ed25519 key; sha512 stands for Ed25519ph" };
  }
}

export type Checked =
  /** `names`: all that the policy has for the key. */
  | { readonly kind: "verified"; readonly key: UsableKey; readonly names: readonly [string, ...string[]] }
  | { readonly kind: "refused" }
  /** Not by a usable key; whether by the unusable one is not known. */
  | { readonly kind: "open"; readonly why: string };

/** Whether one of the keys made the signature. Which key is tried first says nothing: a key hint is not authenticated. */
export function checkSignature(keys: readonly VerificationKey[], data: Uint8Array, signature: Uint8Array): Checked {
  for (const key of keys) {
    if (key.kind === "usable" && key.verifies(data, signature))
      return { kind: "verified", key, names: namesOf(key, keys, data, signature) };
  }
  const unusable = keys.find((key) => key.kind === "unusable");
  return unusable === undefined ? { kind: "refused" } : { kind: "open", why: `the trusted key ${unusable.name} ${unusable.why}` };
}

/** The same key under the same conditions is the same signer, whatever else it is called. */
function namesOf(
  key: UsableKey,
  keys: readonly VerificationKey[],
  data: Uint8Array,
  signature: Uint8Array,
): readonly [string, ...string[]] {
  const others = keys.filter(
    (other) =>
      other !== key &&
      other.kind === "usable" &&
      other.digest === key.digest &&
      (!other.needsLog || (key.needsLog && (other.sigstore === undefined || other.sigstore === key.sigstore))) &&
      // With another digest it may not be.
      other.verifies(data, signature),
  );
  return [key.name, ...others.map(({ name }) => name)];
}
