import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { type Instant, parseInstant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { readJson } from "../runtime/json.ts";
import { asDiskFault, ifThere } from "./files.ts";

// A mirror's folder holds generations, each a folder with a number for its name: metadata as it was signed, the trusted root, and facts.json.
// The greatest is in use. A generation is put together beside them and brought to its place by one rename, which fails where another process
// was quicker; nothing in it changes after that.

export const FACTS = "facts.json";
export const TRUSTED_ROOT = "trusted_root.json";
const MAX_FACTS_BYTES = 64 * 1024;

/** Bytes by name, in the order of names. */
export type Files = ReadonlyMap<string, Buffer>;

/** What is known of a mirror. */
export interface Kept {
  readonly generation: number;
  readonly files: Files;
  /** When the mirror last confirmed all of it; absent where it never did. */
  readonly checkedAt?: Instant | undefined;
  /** When the mirror's word for it ends. */
  readonly expiresAt?: Instant | undefined;
  /** Text; absent where none was ever read. */
  readonly trustedRoot?: string | undefined;
}

const time = z.iso.datetime({ offset: true }).transform((text) => parseInstant(text));

/** `files`: SHA-256 by name. */
const factsShape = z.strictObject({ files: z.record(z.string(), z.string()), checkedAt: time.optional(), expiresAt: time.optional() });
export type Facts = z.input<typeof factsShape>;

/**
 * What is kept in a mirror's folder; `undefined`: nothing.
 * @throws AdapterError malformed where it was changed or damaged since: without it, an older root could pass for a newer one; forbidden
 */
export function readKept(folder: string): Kept | undefined {
  try {
    return readNewest(folder);
  } catch (error) {
    throw asDiskFault(error, folder);
  }
}

function readNewest(folder: string): Kept | undefined {
  for (let newest = generationsIn(folder).at(-1); newest !== undefined; ) {
    const kept = readGeneration(folder, newest);
    if (kept !== undefined) return kept;
    // Another process may have replaced it between the look and the read.
    const next = generationsIn(folder).at(-1);
    if (next === newest) throw damaged(folder);
    newest = next;
  }
  return undefined;
}

function readGeneration(within: string, generation: number): Kept | undefined {
  const folder = join(within, String(generation));
  return ifThere(() => {
    const facts = readFacts(readFileSync(join(folder, FACTS)));
    const files = filesIn(folder);
    if (facts === undefined || JSON.stringify(digestsOf(files)) !== JSON.stringify(facts.files)) return undefined;
    return {
      generation,
      files,
      checkedAt: facts.checkedAt,
      expiresAt: facts.expiresAt,
      trustedRoot: files.get(TRUSTED_ROOT)?.toString(),
    };
  });
}

function readFacts(bytes: Uint8Array): z.output<typeof factsShape> | undefined {
  try {
    return factsShape.safeParse(readJson(bytes, { maxBytes: MAX_FACTS_BYTES, maxDepth: 4, place: FACTS })).data;
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}

function damaged(folder: string): AdapterError {
  return new AdapterError("malformed", `${folder}: what is kept of the mirror is damaged`, {
    mend: "remove the folder; the mirror is then read anew, from the root.json that the policy names",
  });
}

/** In rising order. */
export function generationsIn(folder: string): readonly number[] {
  const names = ifThere(() => readdirSync(folder)) ?? [];
  return names
    .filter((name) => /^[1-9]\d{0,14}$/.test(name))
    .map(Number)
    .sort((one, other) => one - other);
}

/** What a generation or a draft holds, the facts about it left out. */
export function filesIn(folder: string): Files {
  const names = readdirSync(folder).filter((name) => name !== FACTS);
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name))]));
}

/** SHA-256 by name. */
export function digestsOf(files: Files): Facts["files"] {
  return Object.fromEntries([...files].map(([name, bytes]) => [name, createHash("sha256").update(bytes).digest("hex")]));
}
