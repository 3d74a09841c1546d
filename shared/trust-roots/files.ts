import { closeSync, fsyncSync, openSync } from "node:fs";

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

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);
}
