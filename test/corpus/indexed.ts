import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import * as z from "zod";
import type { IndexedCase, Row } from "./kinds/row.ts";

const ENTRY = z.object({
  file: z.string(),
  kind: z.string(),
  format: z.string().optional(),
  bytes: z.number().optional(),
  sha256: z.string(),
  expected: z.unknown().optional(),
});

export type IndexEntry = z.output<typeof ENTRY>;

/** Entries of a folder's `index.json`; a list, or under `files`. None where the folder has no index. */
export function readIndex(folder: string): readonly IndexEntry[] {
  const path = join(folder, "index.json");
  if (!existsSync(path)) return [];
  const document: unknown = JSON.parse(readFileSync(path, "utf8"));
  return z.union([z.array(ENTRY), z.object({ files: z.array(ENTRY) }).transform(({ files }) => files)]).parse(document);
}

/** The entry's file with its bytes, or the failure that they are not those that the index describes. */
export function openCase(folder: string, entry: IndexEntry): IndexedCase | Row {
  const path = resolve(folder, entry.file);
  const failed = (detail: string): Row => ({ case: entry.file, outcome: "failed", detail });
  if (!path.startsWith(resolve(folder) + sep)) return failed("the index names a file outside of its folder");
  if (!existsSync(path)) return failed("the file is missing");
  const bytes = readFileSync(path);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== entry.sha256) return failed(`sha256: expected ${entry.sha256}, got ${sha256}`);
  return { file: entry.file, format: entry.format ?? entry.kind, expected: entry.expected, bytes };
}
