import { hash } from "node:crypto";
import { lookUp } from "../../domain/look-up.ts";
import { quote } from "../../domain/parse-error.ts";
import type { Message } from "./bundle.ts";
import { type Brought, judgeSigner } from "./judge-signer.ts";
import type { Expected, Judgement } from "./judgement.ts";

/** What a bundle over bare bytes gets as long as the manifest is not at hand. */
export const NEEDS_MANIFEST: Judgement = {
  code: "unsupported",
  detail: "signs bare bytes: those of the image's manifest have to be at hand",
};

// sigstore_common.proto, HashAlgorithm.
const HASHES: Readonly<Record<string, string>> = { SHA2_256: "sha256", SHA2_384: "sha384", SHA2_512: "sha512" };

/**
 * Judges a signature over bare bytes as one over the image's manifest, whose digest the image is. It states nothing, so it is no attestation
 * (`undefined` where one is asked for) and carries no annotation.
 */
export function judgeMessage({ signature, digest }: Message, brought: () => Brought, expected: Expected): Judgement | undefined {
  const { manifest, predicateType, annotations } = expected;
  if (predicateType !== undefined) return undefined;
  if (manifest === undefined) return NEEDS_MANIFEST;
  const against = digest === undefined ? undefined : objectionToDigest(digest, manifest);
  if (against !== undefined) return against;
  const judgement = judgeSigner(() => ({ covered: manifest, payload: undefined, signature }), brought, expected);
  const [missing] = Object.keys(annotations);
  if (judgement.code !== "ok" || missing === undefined) return judgement;
  return { code: "predicate-mismatch", detail: `genuine, but its annotation ${quote(missing)} is not as asked: it carries none` };
}

function objectionToDigest({ algorithm, value }: NonNullable<Message["digest"]>, manifest: Uint8Array): Judgement | undefined {
  const name = lookUp(HASHES, algorithm);
  if (name === undefined) return { code: "unsupported", detail: `names what it signs by ${quote(algorithm)}; SHA-2 is supported` };
  return hash(name, manifest, "buffer").equals(value)
    ? undefined
    : { code: "digest-mismatch", detail: "signs bare bytes that are not those of the image's manifest" };
}
