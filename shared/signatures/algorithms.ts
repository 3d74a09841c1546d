import { constants, type KeyObject, verify } from "node:crypto";
import { context, type Der, NULL, readDer, sequence } from "./der.ts";
import { readCount, readOid } from "./der-values.ts";

export type Hash = "sha256" | "sha384" | "sha512";

/** How a signature in a certificate, token or list was made. SHA-1 and older are not here: nothing that they sign counts. */
export type Scheme =
  | { readonly kind: "ec" | "rsa"; readonly hash: Hash }
  | { readonly kind: "rsa-pss"; readonly hash: Hash; readonly saltLength: number }
  | { readonly kind: "ed25519" };

const HASHES: Readonly<Record<string, Hash>> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

// RFC 5758, 4055 and 8410.
const SCHEMES: Readonly<Record<string, Scheme>> = {
  "1.2.840.10045.4.3.2": { kind: "ec", hash: "sha256" },
  "1.2.840.10045.4.3.3": { kind: "ec", hash: "sha384" },
  "1.2.840.10045.4.3.4": { kind: "ec", hash: "sha512" },
  "1.2.840.113549.1.1.11": { kind: "rsa", hash: "sha256" },
  "1.2.840.113549.1.1.12": { kind: "rsa", hash: "sha384" },
  "1.2.840.113549.1.1.13": { kind: "rsa", hash: "sha512" },
  "1.3.101.112": { kind: "ed25519" },
};
const RSA_PSS = "1.2.840.113549.1.1.10";
const MGF1 = "1.2.840.113549.1.1.8";

/** Hash of a digest AlgorithmIdentifier; `undefined`: one that does not count. @throws AdapterError malformed */
export function readHash(identifier: Der | undefined, place: string): Hash | undefined {
  return HASHES[readOid(sequence(identifier, place)[0], place)];
}

/** Scheme of a signature AlgorithmIdentifier; `undefined`: one that does not count. @throws AdapterError malformed */
export function readScheme(identifier: Der | undefined, place: string): Scheme | undefined {
  const [oid, parameters] = sequence(identifier, place);
  const name = readOid(oid, place);
  if (name === RSA_PSS) return parameters === undefined ? undefined : readPss(parameters, place);
  const scheme = SCHEMES[name];
  const hasNone = parameters === undefined || (scheme?.kind === "rsa" && parameters.tag === NULL && parameters.content.length === 0);
  return hasNone ? scheme : undefined;
}

// RFC 4055, 3.1. What is left out stands for SHA-1, which does not count.
function readPss(parameters: Der, place: string): Scheme | undefined {
  const fields = new Map(sequence(parameters, place).map((field) => [field.tag, field.content]));
  const [hash, mask, salt] = [0, 1, 2].map((number) => fields.get(context(number)));
  if (hash === undefined || mask === undefined || salt === undefined || fields.size !== 3) return undefined;
  const [maskOid, maskHash] = sequence(readDer(mask, place), place);
  const name = readHash(readDer(hash, place), place);
  if (name === undefined || readOid(maskOid, place) !== MGF1 || readHash(maskHash, place) !== name) return undefined;
  return { kind: "rsa-pss", hash: name, saltLength: readCount(readDer(salt, place), place) };
}

/** Whether the key is of the scheme's type and made the signature. */
export function verifies(scheme: Scheme, key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  switch (scheme.kind) {
    case "ec":
      return key.asymmetricKeyType === "ec" && verify(scheme.hash, data, key, signature);
    case "rsa":
      return key.asymmetricKeyType === "rsa" && verify(scheme.hash, data, key, signature);
    case "rsa-pss": {
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      return isRsa(key) && verify(scheme.hash, data, { key, padding, saltLength: scheme.saltLength }, signature);
    }
    case "ed25519":
      return key.asymmetricKeyType === "ed25519" && verify(null, data, key, signature);
  }
}

function isRsa({ asymmetricKeyType }: KeyObject): boolean {
  return asymmetricKeyType === "rsa" || asymmetricKeyType === "rsa-pss";
}

/** Whether a key is strong enough for anything: RSA from 2048 bits, the curves P-256, P-384 and P-521, Ed25519. */
export function isStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === "ed25519") return true;
  if (asymmetricKeyType === "ec") return ["prime256v1", "secp384r1", "secp521r1"].includes(asymmetricKeyDetails?.namedCurve ?? "");
  return (asymmetricKeyType === "rsa" || asymmetricKeyType === "rsa-pss") && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
}

// RFC 5480: SubjectPublicKeyInfo of a key on P-256, up to its uncompressed point.
const P256_HEAD = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");
const P256_BYTES = 91;

/** Whether this is a key on P-256, told by its bytes: asking the imported key for its curve takes half as long as the import. */
export function isOnP256(spki: Uint8Array): boolean {
  return spki.length === P256_BYTES && P256_HEAD.compare(spki, 0, P256_HEAD.length) === 0;
}
