import { type FileHandle, open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { algorithmOf, type Digest, hexOf } from "../domain/digest.ts";
import { AdapterError } from "../ports/adapter-error.ts";

/** Files of one folder, whose content is not ours: a link in it may not lead out of it, and only plain files are read. */
export interface Folder {
  /** Undefined where there is no such file. @throws AdapterError too-large, refused, unreachable */
  read(path: string, limit: number): Promise<Uint8Array | undefined>;
  /** As `read`, in pieces and of any length. @throws AdapterError not-found, refused, unreachable */
  stream(path: string): AsyncIterable<Uint8Array>;
}

export function blobPath(digest: Digest): string {
  return join("blobs", algorithmOf(digest), hexOf(digest));
}

/** @throws AdapterError not-found */
export async function openFolder(directory: string): Promise<Folder> {
  const root = await realpath(directory).catch((error: unknown) => {
    throw new AdapterError("not-found", `${directory}: no such folder`, { cause: error });
  });
  return {
    async read(path, limit) {
      const real = await resolve(root, path);
      return real === undefined ? undefined : guarded(directory, path, () => readFile(real, path, limit));
    },
    async *stream(path) {
      const real = await resolve(root, path);
      if (real === undefined) throw new AdapterError("not-found", `${path}: not in the folder`);
      const file = await guarded(directory, path, () => openPlain(real, path));
      if (file === undefined) throw new AdapterError("not-found", `${path}: not in the folder`);
      yield* file.createReadStream();
    },
  };
}

/** The file that a path leads to; undefined where there is none. */
async function resolve(root: string, path: string): Promise<string | undefined> {
  const real = await guarded(root, path, () => realpath(join(root, path)));
  if (real !== undefined && !real.startsWith(`${root}${sep}`)) throw new AdapterError("refused", `${path}: leads out of ${root}`);
  return real;
}

async function guarded<T>(directory: string, path: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AdapterError) throw error;
    if (isMissing(error)) return undefined;
    throw new AdapterError("unreachable", `${path}: cannot be read in ${directory}`, { retryable: false, cause: error });
  }
}

async function openPlain(real: string, path: string): Promise<FileHandle> {
  const file = await open(real);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new AdapterError("refused", `${path}: not a plain file`);
}

async function readFile(real: string, path: string, limit: number): Promise<Uint8Array> {
  const file = await openPlain(real, path);
  try {
    const { size } = await file.stat();
    if (size > limit) throw new AdapterError("too-large", `${path}: ${size} bytes, at most ${limit} are read`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
