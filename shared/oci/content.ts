import { createHash, hash } from "node:crypto";
import { algorithmOf, type Digest, type DigestAlgorithm, hexOf, isDigest } from "../domain/digest.ts";
import type { Descriptor } from "../domain/manifest.ts";
import { AdapterError } from "../ports/adapter-error.ts";

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return asDigest(algorithm, hash(algorithm, bytes, "hex"));
}

/** @throws AdapterError malformed: the bytes are not those that the digest names */
export function checkDigest(bytes: Uint8Array, digest: Digest, place: string): void {
  const found = digestOf(bytes, algorithmOf(digest));
  if (found !== digest) throw mismatch(place, digest, found);
}

/** Passes a content through, and fails at its end where size or digest differ: who stores it must not finish before. */
export async function* checkedContent(
  content: AsyncIterable<Uint8Array>,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  place: string,
): AsyncGenerator<Uint8Array> {
  const hasher = createHash(algorithmOf(digest));
  let received = 0;
  for await (const chunk of content) {
    received += chunk.byteLength;
    if (received > size) throw wrongSize(place, size, received);
    hasher.update(chunk);
    yield chunk;
  }
  if (received !== size) throw wrongSize(place, size, received);
  const found = hasher.digest("hex");
  if (found !== hexOf(digest)) throw mismatch(place, digest, asDigest(algorithmOf(digest), found));
}

/** @throws AdapterError malformed */
export function checkSize(bytes: Uint8Array, size: number, place: string): void {
  if (bytes.byteLength !== size) throw wrongSize(place, size, bytes.byteLength);
}

function asDigest(algorithm: DigestAlgorithm, hex: string): Digest {
  const digest = `${algorithm}:${hex}`;
  if (isDigest(digest)) return digest;
  throw new AdapterError("unsupported", `${algorithm} gave no digest`);
}

function mismatch(place: string, asked: Digest, found: Digest): AdapterError {
  return new AdapterError("malformed", `${place}: the content is ${found}, asked for was ${asked}`);
}

function wrongSize(place: string, announced: number, received: number): AdapterError {
  return new AdapterError("malformed", `${place}: ${received} bytes or more came, its descriptor says ${announced}`);
}
