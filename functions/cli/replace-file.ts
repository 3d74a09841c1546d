import { renameSync, statSync, writeFileSync } from "node:fs";

/** Writes a file anew, whole or not at all; who may read it stays as it was. */
export function replaceFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, text, { mode: statSync(file).mode });
  renameSync(draft, file);
}
