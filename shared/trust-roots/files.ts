import { closeSync, fsyncSync, openSync } from "node:fs";
import { AdapterError } from "../ports/adapter-error.ts";

/** Written means written, also after a power cut. */
export function sync(path: string): void {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    fsyncSync(file);
  } catch (error) {
    // Not every platform can sync a folder, or a file that is open for reading.
    if (!hasCode(error, "EPERM", "EINVAL", "EISDIR")) throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** A fault of the disk, as the one error of adapters. */
export function asDiskFault(error: unknown, folder: string): unknown {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  return new AdapterError("forbidden", `${folder}: what is read from mirrors cannot be kept there (${String(error.code)})`, {
    mend: "give this user the right to read and write there, and free space; or name another state folder",
  });
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);
}
