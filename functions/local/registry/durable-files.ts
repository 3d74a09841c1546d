import { randomUUID } from "node:crypto";
import fs, { closeSync, fsync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

// The files here are small and lie in the system's cache: a promise for each read costs many times the read. Syncing waits for the disk, and
// a name that is made or removed waits for whoever is syncing.
const sync = promisify(fsync);
const create = promisify(fs.open);

/** A file beside its place, synced, that `publish` brings there. */
export interface Draft {
  readonly file: string;
  readonly path: string;
}

/**
 * Files that outlive a power cut once the call has returned: written beside their place, synced, renamed into it in the order given, and
 * the folders synced. A reader sees the old file or the new one, never half of one. Disks sync several files at once in the time of one.
 */
export async function writeDurably(
  scratch: string,
  files: readonly (readonly [path: string, bytes: Uint8Array | string])[],
): Promise<void> {
  await publish(await Promise.all(files.map(([path, bytes]) => writeDraft(scratch, path, bytes))));
}

export async function writeDraft(scratch: string, path: string, bytes: Uint8Array | string): Promise<Draft> {
  const draft = join(scratch, randomUUID());
  const file = await create(draft, "wx");
  try {
    writeFileSync(file, bytes);
    await sync(file);
  } finally {
    closeSync(file);
  }
  return { file: draft, path };
}

export async function publish(drafts: readonly Draft[]): Promise<void> {
  const folders = new Set(drafts.map(({ path }) => dirname(path)));
  for (const folder of folders) await makeFolder(folder);
  for (const { file, path } of drafts) renameSync(file, path);
  await Promise.all([...folders].map(syncFolder));
}

/** @returns false where there was none. */
export async function removeDurably(path: string): Promise<boolean> {
  if ((await absentIsUndefined(unlink(path).then(() => true))) === undefined) return false;
  await syncFolder(dirname(path));
  return true;
}

export function readIfThere(path: string): string | undefined {
  return ifThere(() => readFileSync(path, "utf8"));
}

/** Bytes. */
export function sizeIfThere(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return absentIsUndefined(open(path, "r"));
}

/** Names in a folder; none where the folder does not exist. */
export function namesIn(folder: string): readonly string[] {
  return ifThere(() => readdirSync(folder)) ?? [];
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (fault) {
    if (hasCode(fault, "ENOENT", "ENOTDIR")) return undefined;
    throw fault;
  }
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
  const made = mkdirSync(folder, { recursive: true });
  if (made === undefined) return;
  // Each new folder is an entry in the one above it, which has to be synced as well.
  for (let place = folder; place.length >= made.length; place = dirname(place)) await syncFolder(dirname(place));
}

async function syncFolder(folder: string): Promise<void> {
  let file: number | undefined;
  try {
    file = openSync(folder, "r");
    await sync(file);
  } catch (fault) {
    // Not every platform can sync a folder; there a rename is durable by itself or not at all.
    if (!hasCode(fault, "EPERM", "EINVAL", "EISDIR")) throw fault;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function hasCode(fault: unknown, ...codes: readonly string[]): boolean {
  return fault instanceof Error && "code" in fault && typeof fault.code === "string" && codes.includes(fault.code);
}
