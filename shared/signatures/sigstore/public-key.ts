import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { AdapterError } from "../../ports/adapter-error.ts";
import { malformed, readDer } from "../der.ts";

export type Hash = "sha256" | "sha384" | "sha512";

/** A public key that is strong enough to be asked at all. */
export interface PublicKey {
  readonly kind: "ec" | "rsa" | "ed25519";
  /** DER; two keys are the same where these bytes are. */
  readonly spki: Uint8Array;
  /** The digest that goes with a key of its kind and size. */
  readonly hash: Hash;
  verifies(hash: Hash, covered: Uint8Array, signature: Uint8Array): boolean;
}

const HASH_OF_CURVE: Readonly<Record<string, Hash>> = { prime256v1: "sha256", secp384r1: "sha384", secp521r1: "sha512" };
const LEAST_RSA_BITS = 2048;
const MOST_RSA_BITS = 8192;

/** Reads a SubjectPublicKeyInfo in DER. @throws AdapterError malformed, unsupported (another kind, or too weak) */
export function readPublicKey(spki: Uint8Array, place: string): PublicKey {
  readDer(spki, place);
  const key = importKey(spki, place);
  const { namedCurve = "", modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const ofCurve = HASH_OF_CURVE[namedCurve];
  if (key.asymmetricKeyType === "ec" && ofCurve !== undefined)
    return { kind: "ec", spki, hash: ofCurve, verifies: (hash, covered, signature) => verify(hash, covered, key, signature) };
  if (key.asymmetricKeyType === "rsa" && modulusLength >= LEAST_RSA_BITS && modulusLength <= MOST_RSA_BITS)
    return { kind: "rsa", spki, hash: "sha256", verifies: (hash, covered, signature) => verify(hash, covered, key, signature) };
  if (key.asymmetricKeyType === "ed25519")
    return { kind: "ed25519", spki, hash: "sha512", verifies: (_hash, covered, signature) => verify(null, covered, key, signature) };
  throw new AdapterError("unsupported", `${place}: a key that is none of ECDSA P-256, P-384 and P-521, RSA from ${LEAST_RSA_BITS} bits, Ed25519`);
}

function importKey(spki: Uint8Array, place: string): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    throw malformed(place, "no public key");
  }
}
