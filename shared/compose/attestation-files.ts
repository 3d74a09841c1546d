import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../domain/parse-error.ts";
import { sha256Of } from "../oci/sha256.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Log } from "../ports/log.ts";
import type { OccurrenceSource } from "../ports/occurrence-source.ts";
import { type Exported, readExported } from "../signatures/binauthz/exported.ts";
import { nameFor, whole } from "./policy-files.ts";

/** Attestations in files, which are read again when they change. */
export interface ExportedAttestations extends OccurrenceSource {
  /** Differs wherever what was exported does. @throws AdapterError */
  version(): string;
}

interface Read extends Exported {
  readonly stamp: string;
  readonly digest: string;
  /** By note and resource. */
  readonly found: ReadonlyMap<string, readonly unknown[]>;
}

/**
 * Attestations and attestors that were exported into files: each path is a file, or a folder of which every `*.json` counts. Files are read again
 * when they change.
 * @throws ParseError where one cannot be read now; a later fault is one of the source
 */
export function exportedAttestations(paths: readonly string[]): ExportedAttestations {
  const known = new Map<string, Read>();
  const read = (file: string): Read => {
    const stamp = stampOf(file);
    const before = known.get(file);
    if (before?.stamp === stamp) return before;
    const now = readFile(file, stamp);
    known.set(file, now);
    return now;
  };
  const readAll = (): readonly Read[] => paths.flatMap(filesOf).map(read);
  for (const path of paths) whole(path, "export of attestations", () => filesOf(path).map(read));
  return {
    version: () => sha256Of(Buffer.from(JSON.stringify(readAll().map(({ digest }) => digest)))),
    attestations: async (note, resourceUri) => readAll().flatMap(({ found }) => found.get(keyOf(note, resourceUri)) ?? []),
    async attestor(name) {
      const [found, ...others] = readAll().flatMap(({ attestors }) => attestors.filter((each) => each["name"] === name));
      if (found === undefined) throw new AdapterError("not-found", `the attestor ${quote(name)} is not among what was exported`);
      // Which of them is the newer one nobody can tell.
      if (others.length > 0) throw new AdapterError("malformed", `the attestor ${quote(name)} was exported more than once`);
      return found;
    },
  };
}

/**
 * Follows each version once, the one at the start too: what has changed while nobody looked is seen by what is stored. A fault changes nothing, and is
 * tried again at the next call.
 */
export function followed(
  source: ExportedAttestations | undefined,
  follow: (version: string) => Promise<void>,
  log: Pick<Log, "warn">,
): () => Promise<void> {
  let last: string | undefined;
  let told = "";
  return async () => {
    try {
      const version = source?.version();
      if (version === undefined || version === last) return;
      await follow(version);
      [last, told] = [version, ""];
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      if (told !== error.message) log.warn("Exported attestations cannot be read; what is known of them stays.", { why: error.message });
      told = error.message;
    }
  };
}

function readFile(file: string, stamp: string): Read {
  const bytes = orUnreachable(file, () => readFileSync(file));
  const exported = readExported(bytes, nameFor(file));
  const found = Map.groupBy(exported.occurrences, ({ noteName, resourceUri }) => keyOf(noteName, resourceUri));
  return { ...exported, stamp, digest: sha256Of(bytes), found };
}

function keyOf(note: unknown, resourceUri: unknown): string {
  return JSON.stringify([note, resourceUri]);
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
