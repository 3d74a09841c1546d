import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, readFile, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Files that outlive a power cut once a call has returned: written beside their place, synced, renamed into it, and the folder synced.
 * A reader sees the old file or the new one, never half of one.
 */
export async function writeDurably(scratch: string, path: string, bytes: Uint8Array | string): Promise<void> {
  const draft = join(scratch, randomUUID());
  const handle = await open(draft, "wx");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await moveDurably(draft, path);
}

/** `from` was synced by whoever wrote it. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** @returns false where there was none. */
export async function removeDurably(path: string): Promise<boolean> {
  if (!(await absentIsUndefined(unlink(path).then(() => true)))) return false;
  await syncFolder(dirname(path));
  return true;
}

export async function readIfThere(path: string): Promise<string | undefined> {
  return absentIsUndefined(readFile(path, "utf8"));
}

export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return absentIsUndefined(open(path, "r"));
}

/** Names in a folder; none where the folder does not exist. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return (await absentIsUndefined(readdir(folder))) ?? [];
}

export async function absentIsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (fault) {
    if (hasCode(fault, "ENOENT", "ENOTDIR")) return undefined;
    throw fault;
  }
}

async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made === undefined) return;
  // Each new folder is an entry in the one above it, which has to be synced as well.
  for (let place = folder; place.length >= made.length; place = dirname(place)) await syncFolder(dirname(place));
}

async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch (fault) {
    // Not every platform can sync a folder; there a rename is durable by itself or not at all.
    if (!hasCode(fault, "EPERM", "EINVAL", "EISDIR")) throw fault;
  } finally {
    await handle?.close();
  }
}

function hasCode(fault: unknown, ...codes: readonly string[]): boolean {
  return fault instanceof Error && "code" in fault && typeof fault.code === "string" && codes.includes(fault.code);
}
