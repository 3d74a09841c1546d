import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = process.env["MOORGATE_CORPUS"] ?? fileURLToPath(new URL("../../../shared/corpus", import.meta.url));

/** A part of the payloads of others, where they are at hand: named in MOORGATE_CORPUS, or beside the repository. */
export function corpusPart(name: string): string | undefined {
  const folder = join(FOLDER, name);
  return existsSync(folder) ? folder : undefined;
}
