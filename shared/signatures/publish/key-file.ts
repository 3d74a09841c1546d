import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { statSync } from "node:fs";
import { ParseError } from "../../domain/parse-error.ts";
import type { Signer } from "../../ports/signer.ts";
import type { Environment } from "../../runtime/config.ts";
import { readSecret, type Secret } from "../../runtime/secret.ts";

const MEND = "make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out verdict.key";
// The group may read: volumes of secrets are often mounted so.
const TOO_OPEN = 0o027;

/**
 * A private key out of `file:PATH` or `env:NAME`: PKCS #8 in PEM, with or without passphrase. P-256 is the one kind that all enforcers and key services know.
 * @throws ParseError, which never quotes the key
 */
export function openKeySigner(reference: string, passphrase: Secret | undefined, environment: Environment, place: string): Signer {
  if (reference.startsWith("file:")) refuseOpenFile(reference.slice("file:".length), place);
  const key = readKey(readSecret(reference, environment, place), passphrase, place);
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  return { spki, keyId: keyIdOf(spki), sign: async (bytes) => sign("sha256", bytes, { key, dsaEncoding: "der" }) };
}

/** Base64 of the SHA-256 of a public key in DER. */
export function keyIdOf(spki: Uint8Array): string {
  return createHash("sha256").update(spki).digest("base64");
}

function refuseOpenFile(path: string, place: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & TOO_OPEN) !== 0)
    throw new ParseError(place, `the key file may be used by others (mode ${(mode & 0o777).toString(8)})`, `chmod 600 ${path}`);
}

function readKey(pem: Secret, passphrase: Secret | undefined, place: string): KeyObject {
  const text = pem.reveal();
  if (!/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text))
    throw new ParseError(place, "it is no private key in PKCS #8 PEM form", MEND);
  if (text.startsWith("-----BEGIN ENCRYPTED") && passphrase === undefined)
    throw new ParseError(place, "the key has a passphrase", "give it as passphrase: env:NAME or file:PATH");
  const key = decrypted(text, passphrase, place);
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new ParseError(place, "the key is not one of ECDSA P-256", MEND);
  return key;
}

/** What the library says of a key may quote it. */
function decrypted(key: string, passphrase: Secret | undefined, place: string): KeyObject {
  try {
    return createPrivateKey({ key, format: "pem", ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }) });
  } catch {
    throw new ParseError(place, "the private key cannot be read", passphrase === undefined ? MEND : "check the passphrase");
  }
}
