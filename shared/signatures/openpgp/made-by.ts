import { createHash, type KeyObject, timingSafeEqual, verify } from "node:crypto";
import { ECDSA, ED25519, EDDSA, type PublicKey } from "./public-key.ts";
import type { Signature } from "./signature.ts";

/** Bytes of each number of a signature on a curve. */
const CURVE_BYTES: Readonly<Record<string, number>> = { prime256v1: 32, secp384r1: 48, secp521r1: 66 };

/** Whether the key made the signature over the data. */
export function isMadeBy({ key, algorithm }: PublicKey, signature: Signature, data: Uint8Array): boolean {
  if (key === undefined || algorithm !== signature.algorithm) return false;
  const hashed = Buffer.concat([data, signature.trailer]);
  const digest = createHash(signature.hash).update(hashed).digest();
  if (!timingSafeEqual(digest.subarray(0, 2), signature.firstHashBytes)) return false;
  const bytes = joined(signature.numbers, sizeFor(signature.algorithm, key));
  if (bytes === undefined) return false;
  switch (signature.algorithm) {
    case ECDSA:
      return verify(signature.hash, hashed, { key, dsaEncoding: "ieee-p1363" }, bytes);
    case EDDSA:
    case ED25519:
      // Not the data but their digest is what these two sign (RFC 9580, 5.2.3).
      return verify(null, digest, key, bytes);
    default:
      return verify(signature.hash, hashed, key, bytes);
  }
}

/** Bytes of each number. */
function sizeFor(algorithm: number, { asymmetricKeyDetails }: KeyObject): number {
  if (algorithm === ED25519) return 64;
  if (algorithm === EDDSA) return 32;
  if (algorithm === ECDSA) return CURVE_BYTES[asymmetricKeyDetails?.namedCurve ?? ""] ?? 0;
  return Math.ceil((asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

/** Numbers come without leading zeros; `undefined` where one is too long. */
function joined(numbers: readonly Uint8Array[], size: number): Uint8Array | undefined {
  if (numbers.some(({ length }) => length > size)) return undefined;
  return Buffer.concat(numbers.flatMap((number) => [Buffer.alloc(size - number.length), number]));
}
