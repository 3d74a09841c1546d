import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { type Digest, type DigestAlgorithm, parseDigest } from "../../../shared/domain/digest.ts";
import type { Repository } from "../../../shared/domain/image-ref.ts";
import { openIfThere, removeDurably, sizeIfThere, writeDurably } from "./durable-files.ts";
import type { Layout } from "./layout.ts";

const CHUNK_BYTES = 256 * 1024;

/** Size of content that any repository has. */
export function sizeOfContent(layout: Layout, digest: Digest): number | undefined {
  return sizeIfThere(layout.content(digest));
}

/** Size of a blob that this repository has. */
export function sizeOfBlob(layout: Layout, repository: Repository, digest: Digest): number | undefined {
  const link = sizeIfThere(layout.blob(repository, digest));
  return link === undefined ? undefined : sizeOfContent(layout, digest);
}

/** Gives a repository what is stored already. */
export async function linkBlob(layout: Layout, repository: Repository, digest: Digest): Promise<void> {
  if (sizeOfBlob(layout, repository, digest) !== undefined) return;
  await writeDurably(layout.scratch, [[layout.blob(repository, digest), ""]]);
}

/** The bytes stay, for other repositories may have them. */
export async function unlinkBlob(layout: Layout, repository: Repository, digest: Digest): Promise<boolean> {
  return removeDurably(layout.blob(repository, digest));
}

export async function openContent(layout: Layout, digest: Digest): Promise<FileHandle | undefined> {
  return openIfThere(layout.content(digest));
}

/** Bytes `first` to `last`, read as fast as the receiver takes them; the file is closed at the end. */
export function streamContent(handle: FileHandle, first: number, last: number): ReadableStream<Uint8Array> {
  return Readable.toWeb(handle.createReadStream({ start: first, end: last, highWaterMark: CHUNK_BYTES }));
}

export function digestOfBytes(bytes: Uint8Array, algorithm: DigestAlgorithm): Digest {
  return parseDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`);
}
