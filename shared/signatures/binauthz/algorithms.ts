import { constants, type KeyObject, verify } from "node:crypto";
import type { AttestorAlgorithm } from "../../domain/attestor-algorithm.ts";

/** The key that an algorithm is for, and how it signs. */
type Scheme =
  | { readonly kind: "ecdsa"; readonly curve: string; readonly hash: string }
  | { readonly kind: "pkcs1" | "pss"; readonly bits: number; readonly hash: string };

const P256: Scheme = { kind: "ecdsa", curve: "prime256v1", hash: "sha256" };
const P384: Scheme = { kind: "ecdsa", curve: "secp384r1", hash: "sha384" };
const P521: Scheme = { kind: "ecdsa", curve: "secp521r1", hash: "sha512" };
const PSS_2048: Scheme = { kind: "pss", bits: 2048, hash: "sha256" };
const PSS_3072: Scheme = { kind: "pss", bits: 3072, hash: "sha256" };
const PSS_4096: Scheme = { kind: "pss", bits: 4096, hash: "sha256" };
const PSS_4096_SHA512: Scheme = { kind: "pss", bits: 4096, hash: "sha512" };

// google/cloud/binaryauthorization/v1/resources.proto: an enum in which two names may stand for one algorithm.
const SCHEMES: Readonly<Record<AttestorAlgorithm, Scheme>> = {
  RSA_PSS_2048_SHA256: PSS_2048,
  RSA_SIGN_PSS_2048_SHA256: PSS_2048,
  RSA_PSS_3072_SHA256: PSS_3072,
  RSA_SIGN_PSS_3072_SHA256: PSS_3072,
  RSA_PSS_4096_SHA256: PSS_4096,
  RSA_SIGN_PSS_4096_SHA256: PSS_4096,
  RSA_PSS_4096_SHA512: PSS_4096_SHA512,
  RSA_SIGN_PSS_4096_SHA512: PSS_4096_SHA512,
  RSA_SIGN_PKCS1_2048_SHA256: { kind: "pkcs1", bits: 2048, hash: "sha256" },
  RSA_SIGN_PKCS1_3072_SHA256: { kind: "pkcs1", bits: 3072, hash: "sha256" },
  RSA_SIGN_PKCS1_4096_SHA256: { kind: "pkcs1", bits: 4096, hash: "sha256" },
  RSA_SIGN_PKCS1_4096_SHA512: { kind: "pkcs1", bits: 4096, hash: "sha512" },
  ECDSA_P256_SHA256: P256,
  EC_SIGN_P256_SHA256: P256,
  ECDSA_P384_SHA384: P384,
  EC_SIGN_P384_SHA384: P384,
  ECDSA_P521_SHA512: P521,
  EC_SIGN_P521_SHA512: P521,
};

/** Why a key is not one of its algorithm; `undefined`: it is. "This algorithm must match that of the public key" (resources.proto). */
export function objectionToKey(key: KeyObject, algorithm: AttestorAlgorithm): string | undefined {
  const scheme = SCHEMES[algorithm];
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (scheme.kind === "ecdsa")
    return key.asymmetricKeyType === "ec" && namedCurve === scheme.curve ? undefined : `is no key of ${algorithm}`;
  return key.asymmetricKeyType === "rsa" && modulusLength === scheme.bits ? undefined : `is no key of ${algorithm}`;
}

/** Whether a key, of its algorithm, made the signature: DER for ECDSA, as key services and kritis write it. */
export function isMadeBy(key: KeyObject, algorithm: AttestorAlgorithm, data: Uint8Array, signature: Uint8Array): boolean {
  const scheme = SCHEMES[algorithm];
  if (scheme.kind !== "pss") return verify(scheme.hash, data, key, signature);
  // Key services salt with as many bytes as the digest has, kritis with as many as fit: the length is read from the signature.
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
  return verify(scheme.hash, data, { key, ...padding }, signature);
}
