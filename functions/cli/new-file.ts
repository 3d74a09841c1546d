import { existsSync, renameSync, writeFileSync } from "node:fs";

/**
 * Writes a file that is not there yet, whole or not at all: a process that ends in between leaves nothing half-written.
 * @returns false, and changes nothing, where it is there already.
 */
export function writeNewFile(file: string, text: string, mode: number): boolean {
  if (existsSync(file)) return false;
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, text, { mode });
  renameSync(draft, file);
  return true;
}
