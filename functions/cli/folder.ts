import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { failure } from "./fault.ts";

/**
 * Makes a folder with those above it. One at a time: where making one fails with ENOENT though its parent is there (as under /proc), Node's own
 * recursive way never comes back.
 * @throws CliError
 */
export function makeFolder(dir: string, mode: number): void {
  const path = resolve(dir);
  if (isFolder(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown fault";
    // Another process may have made it meanwhile.
    if (code === "EEXIST" && isFolder(path)) return;
    throw failure(
      "folder",
      `Could not make the folder ${dir}`,
      `${path} cannot be made (${code})`,
      "name a folder in a place that this user may write to",
    );
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
