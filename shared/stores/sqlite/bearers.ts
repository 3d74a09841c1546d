import type { DatabaseSync } from "node:sqlite";
import { type Digest, parseDigest } from "../../domain/digest.ts";
import type { ImageRecord } from "../../domain/image-record.ts";
import type { RepositoryKey, Tag } from "../../domain/image-ref.ts";
import { text } from "./row.ts";

/** What each tag pointed at, in the order in which that was seen last. */
export const BEARERS = `
CREATE TABLE bearer (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  registry TEXT NOT NULL,
  repository TEXT NOT NULL,
  tag TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX bearer_key ON bearer (registry, repository, tag, digest);
INSERT OR REPLACE INTO bearer (registry, repository, tag, digest)
  SELECT seen.registry, seen.repository, json_each.value, seen.digest
  FROM known JOIN seen ON seen.id = known.image, json_each(known.tags) ORDER BY known.at, known.id;
INSERT OR REPLACE INTO bearer (registry, repository, tag, digest)
  SELECT registry, repository, json_each.value, digest FROM image, json_each(image.body, '$.tags') ORDER BY changed;
`;

/** Those that have it now: whoever asks for a tag reads no image that has lost it. */
export const BEARS = `
ALTER TABLE bearer ADD COLUMN bears INTEGER NOT NULL DEFAULT 0;
UPDATE bearer SET bears = 1 WHERE EXISTS (
  SELECT 1 FROM image JOIN json_each(image.body, '$.tags') AS borne ON borne.value = bearer.tag
  WHERE image.digest = bearer.digest AND image.repository = bearer.repository AND image.registry = bearer.registry
);
CREATE INDEX bearer_now ON bearer (tag, repository, registry, digest) WHERE bears = 1;
`;

const MOST = 50;

export interface Bearers {
  /** Newest first. */
  of(place: RepositoryKey, tag: Tag, limit: number): readonly Digest[];
  /** Keeps those that it did not bear before, and what it bears no more. */
  note(record: ImageRecord, before: readonly string[]): void;
}

export function openBearers(database: DatabaseSync): Bearers {
  const note = database.prepare("INSERT OR REPLACE INTO bearer (registry, repository, tag, digest, bears) VALUES (?, ?, ?, ?, 1)");
  const strike = database.prepare("UPDATE bearer SET bears = 0 WHERE registry = ? AND repository = ? AND tag = ? AND digest = ?");
  const find = database.prepare(
    "SELECT digest FROM bearer WHERE registry = ? AND repository = ? AND tag = ? ORDER BY sequence DESC LIMIT ?",
  );
  return {
    of: ({ registry, repository }, tag, limit) =>
      find.all(registry, repository, tag, Math.min(limit, MOST)).map((row) => parseDigest(text(row, "digest"))),
    note({ key: { registry, repository, digest }, tags }, before) {
      const [had, has] = [new Set(before), new Set<string>(tags)];
      for (const tag of has) if (!had.has(tag)) note.run(registry, repository, tag, digest);
      for (const tag of had) if (!has.has(tag)) strike.run(registry, repository, tag, digest);
    },
  };
}
