/**
 * How an attestor's key signs, in the words of the API: `PkixPublicKey.SignatureAlgorithm` of Binary Authorization v1, both spellings of each.
 */
export const ATTESTOR_ALGORITHMS = [
  "RSA_PSS_2048_SHA256",
  "RSA_SIGN_PSS_2048_SHA256",
  "RSA_PSS_3072_SHA256",
  "RSA_SIGN_PSS_3072_SHA256",
  "RSA_PSS_4096_SHA256",
  "RSA_SIGN_PSS_4096_SHA256",
  "RSA_PSS_4096_SHA512",
  "RSA_SIGN_PSS_4096_SHA512",
  "RSA_SIGN_PKCS1_2048_SHA256",
  "RSA_SIGN_PKCS1_3072_SHA256",
  "RSA_SIGN_PKCS1_4096_SHA256",
  "RSA_SIGN_PKCS1_4096_SHA512",
  "ECDSA_P256_SHA256",
  "EC_SIGN_P256_SHA256",
  "ECDSA_P384_SHA384",
  "EC_SIGN_P384_SHA384",
  "ECDSA_P521_SHA512",
  "EC_SIGN_P521_SHA512",
] as const;
export type AttestorAlgorithm = (typeof ATTESTOR_ALGORITHMS)[number];
