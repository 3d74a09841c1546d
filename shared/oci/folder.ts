import { open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { algorithmOf, type Digest, hexOf } from "../domain/digest.ts";
import { AdapterError } from "../ports/adapter-error.ts";

/** Files of one folder, whose content is not ours: a link in it may not lead out of it, and only plain files are read. */
export interface Folder {
  /** Undefined where there is no such file. @throws AdapterError too-large, refused, unreachable */
  read(path: string, limit: number): Promise<Uint8Array | undefined>;
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
      try {
        const real = await realpath(join(root, path));
        if (!real.startsWith(`${root}${sep}`)) throw new AdapterError("refused", `${path}: leads out of ${directory}`);
        return await readFile(real, path, limit);
      } catch (error) {
        if (error instanceof AdapterError) throw error;
        if (isMissing(error)) return undefined;
        throw new AdapterError("unreachable", `${path}: cannot be read in ${directory}`, { retryable: false, cause: error });
      }
    },
  };
}

async function readFile(real: string, path: string, limit: number): Promise<Uint8Array> {
  const file = await open(real);
  try {
    const about = await file.stat();
    if (!about.isFile()) throw new AdapterError("refused", `${path}: not a plain file`);
    if (about.size > limit) throw new AdapterError("too-large", `${path}: ${about.size} bytes, at most ${limit} are read`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
