import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../domain/parse-error.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { OccurrenceSource } from "../ports/occurrence-source.ts";
import { type Exported, readExported } from "../signatures/binauthz/exported.ts";
import { nameFor, whole } from "./policy-files.ts";

/**
 * Attestations and attestors that were exported into files: each path is a file, or a folder of which every `*.json` counts. Files are read again
 * when they change.
 * @throws ParseError where one cannot be read now; a later fault is one of the source
 */
export function exportedAttestations(paths: readonly string[]): OccurrenceSource {
  const known = new Map<string, { readonly stamp: string; readonly read: Exported }>();
  const read = (file: string): Exported => {
    const stamp = stampOf(file);
    const before = known.get(file);
    if (before?.stamp === stamp) return before.read;
    const now = readExported(
      orUnreachable(file, () => readFileSync(file)),
      nameFor(file),
    );
    known.set(file, { stamp, read: now });
    return now;
  };
  const readAll = (): readonly Exported[] => paths.flatMap(filesOf).map(read);
  for (const path of paths) whole(path, "export of attestations", () => filesOf(path).map(read));
  return {
    attestations: async (note, resourceUri) =>
      readAll().flatMap(({ occurrences }) =>
        occurrences.filter((each) => each["noteName"] === note && each["resourceUri"] === resourceUri),
      ),
    async attestor(name) {
      const [found, ...others] = readAll().flatMap(({ attestors }) => attestors.filter((each) => each["name"] === name));
      if (found === undefined) throw new AdapterError("not-found", `the attestor ${quote(name)} is not among what was exported`);
      // Which of them is the newer one nobody can tell.
      if (others.length > 0) throw new AdapterError("malformed", `the attestor ${quote(name)} was exported more than once`);
      return found;
    },
  };
}

function filesOf(path: string): readonly string[] {
  const isFolder = orUnreachable(path, () => statSync(path).isDirectory());
  if (!isFolder) return [path];
  const names = orUnreachable(path, () => readdirSync(path)).filter((name) => name.endsWith(".json") && !name.startsWith("."));
  return names.sort().map((name) => join(path, name));
}

function stampOf(file: string): string {
  const { mtimeMs, size, ino } = orUnreachable(file, () => statSync(file));
  return `${mtimeMs} ${size} ${ino}`;
}

function orUnreachable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new AdapterError("unreachable", `${nameFor(path)} cannot be read (${code})`, { mend: "name files that this user may read" });
  }
}
