import { createHash, type Hash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { ReadableStream } from "node:stream/web";
import { algorithmOf, type Digest, type DigestAlgorithm, parseDigest } from "../../../shared/domain/digest.ts";
import type { Repository } from "../../../shared/domain/image-ref.ts";
import { linkBlob, sizeOfContent } from "./blob-store.ts";
import { absentIsUndefined, publish, writeDraft } from "./durable-files.ts";
import type { Layout } from "./layout.ts";

const FORGOTTEN_AFTER_MS = 3_600_000;

/** An upload under way. Its bytes lie in one file; what was written was hashed on the way. */
export interface Upload {
  readonly id: string;
  readonly repository: Repository;
  readonly file: string;
  readonly handle: FileHandle;
  algorithm: DigestAlgorithm;
  hash: Hash;
  size: number;
  touchedAt: number;
  /** A request is writing; another one at the same time would mix their bytes. */
  busy: boolean;
}

/** Sessions live in memory only: after a restart their files are orphans, which opening the registry removes. */
export type Uploads = Map<string, Upload>;

export async function beginUpload(
  layout: Layout,
  uploads: Uploads,
  repository: Repository,
  algorithm: DigestAlgorithm,
  now: number,
): Promise<Upload> {
  for (const upload of uploads.values()) {
    if (!upload.busy && upload.touchedAt < now - FORGOTTEN_AFTER_MS) await dropUpload(uploads, upload);
  }
  const id = randomUUID();
  const file = join(layout.uploads, id);
  const handle = await open(file, "wx");
  const upload: Upload = { id, repository, file, handle, algorithm, hash: createHash(algorithm), size: 0, touchedAt: now, busy: false };
  uploads.set(id, upload);
  return upload;
}

/** Takes the body as it comes. When the sender breaks off, what arrived stays and can be continued. */
export async function appendToUpload(upload: Upload, body: ReadableStream<Uint8Array>, now: number): Promise<void> {
  upload.touchedAt = now;
  for await (const chunk of body) {
    await upload.handle.writeFile(chunk);
    upload.hash.update(chunk);
    upload.size += chunk.length;
  }
}

/** Nothing was hashed yet: the final digest tells which algorithm to hash with. */
export function hashWith(upload: Upload, algorithm: DigestAlgorithm): void {
  if (upload.size > 0 || upload.algorithm === algorithm) return;
  upload.algorithm = algorithm;
  upload.hash = createHash(algorithm);
}

/** Stores the blob for the repository. @returns false where the bytes have another digest. The session is over either way. */
export async function finishUpload(layout: Layout, uploads: Uploads, upload: Upload, digest: Digest): Promise<boolean> {
  try {
    if ((await digestOfUpload(upload, algorithmOf(digest))) !== digest) return false;
    if (sizeOfContent(layout, digest) === undefined) await storeUpload(layout, upload, digest);
    else await linkBlob(layout, upload.repository, digest);
    return true;
  } finally {
    await dropUpload(uploads, upload);
  }
}

/** Content first: a link without it would be a blob without bytes. */
async function storeUpload(layout: Layout, { repository, file, handle }: Upload, digest: Digest): Promise<void> {
  const [link] = await Promise.all([writeDraft(layout.scratch, layout.blob(repository, digest), ""), handle.sync()]);
  await publish([{ file, path: layout.content(digest) }, link]);
}

/** Once is enough; again does nothing. */
export async function dropUpload(uploads: Uploads, upload: Upload): Promise<void> {
  if (!uploads.delete(upload.id)) return;
  await upload.handle.close();
  await absentIsUndefined(unlink(upload.file));
}

async function digestOfUpload(upload: Upload, algorithm: DigestAlgorithm): Promise<Digest> {
  if (upload.algorithm === algorithm) return parseDigest(`${algorithm}:${upload.hash.digest("hex")}`);
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(upload.file)) hash.update(chunk);
  return parseDigest(`${algorithm}:${hash.digest("hex")}`);
}
