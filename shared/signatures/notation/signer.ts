import { constants, createHash, type KeyObject, verify } from "node:crypto";
import type { Digest } from "../../domain/digest.ts";
import { sha256Of } from "../../oci/sha256.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { keyOf } from "../x509.ts";
import { type NameAttribute, readName } from "../x509-name.ts";
import { type Chain, isGenuine, readChain } from "./chain.ts";
import type { Algorithm } from "./envelope.ts";

/** Whoever the certificates of an envelope say has signed. All of it follows from their bytes alone. */
export interface Signer {
  readonly chain: Chain;
  readonly key: KeyObject;
  /** SHA-256 of the key (SPKI). */
  readonly keyDigest: Digest;
  /** The one that goes with the key; `undefined`: there is none. */
  readonly algorithm: Algorithm | undefined;
  readonly subject: readonly NameAttribute[];
  /** Whether each certificate is signed by the next one and the root by itself. @throws AdapterError unsupported: a weak key */
  readonly isGenuine: () => boolean;
}

/** @throws AdapterError malformed, too-large, unsupported */
export type ReadSigner = (certificates: readonly Uint8Array[]) => Signer;

const RSA: ReadonlyMap<number | undefined, Algorithm> = new Map([
  [2048, "PS256"],
  [3072, "PS384"],
  [4096, "PS512"],
]);
const CURVES: ReadonlyMap<string | undefined, Algorithm> = new Map([
  ["prime256v1", "ES256"],
  ["secp384r1", "ES384"],
  ["secp521r1", "ES512"],
]);

export const readSigner: ReadSigner = (certificates) => {
  const chain = readChain(certificates);
  const key = keyOf(chain[0]);
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const algorithm = key.asymmetricKeyType === "ec" ? CURVES.get(namedCurve) : RSA.get(modulusLength);
  let known: boolean | undefined;
  const keyDigest = sha256Of(key.export({ type: "spki", format: "der" }));
  return { chain, key, keyDigest, algorithm, subject: readName(chain[0].subject), isGenuine: () => (known ??= isGenuine(chain)) };
};

const MAX_SIGNERS = 256;

/**
 * Reads signers and remembers the last ones: a team's images carry the same few chains over and over, and reading and verifying one costs
 * several times the rest. Only what follows from the bytes of the certificates is kept, under their hash: neither time nor trust.
 */
export function rememberSigners(): ReadSigner {
  const known = new Map<string, Signer>();
  return (certificates) => {
    const hash = createHash("sha256");
    // The lengths keep two ways to cut the same bytes apart.
    for (const certificate of certificates) hash.update(`${certificate.length} `).update(certificate);
    const name = hash.digest("base64");
    const signer = known.get(name) ?? readSigner(certificates);
    known.delete(name);
    known.set(name, signer);
    const [oldest] = known.keys();
    if (known.size > MAX_SIGNERS && oldest !== undefined) known.delete(oldest);
    return signer;
  };
}

/**
 * Whether the signer's key made the signature. The key decides the algorithm, the envelope only repeats it.
 * @throws AdapterError unsupported: another algorithm than that of the key
 */
export function isSignedBy({ key, algorithm: own }: Signer, algorithm: string, signed: Uint8Array, signature: Uint8Array): boolean {
  if (own === undefined || own !== algorithm)
    throw new AdapterError(
      "unsupported",
      `envelope: its algorithm is ${JSON.stringify(algorithm.slice(0, 20))}, that of its key ${own ?? "none"}`,
    );
  return verify(`sha${own.slice(2)}`, signed, inForm(key), signature);
}

// RFC 7518, 3.4 and 3.5: r and s one after the other; a salt as long as the hash.
function inForm(key: KeyObject): Parameters<typeof verify>[2] {
  if (key.asymmetricKeyType === "ec") return { key, dsaEncoding: "ieee-p1363" };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}
