import type { DatabaseSync } from "node:sqlite";
import type { Digest } from "../../domain/digest.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import { type Instant, instant } from "../../domain/time.ts";
import type { Draft } from "../evidence-draft.ts";
import { blob, text, textOrNone, whole } from "./row.ts";

/** What stands beside the evidence in an entry of an image's history. */
export interface Decided {
  readonly tags: readonly string[];
  readonly verdict: string | undefined;
  readonly reasons: Uint8Array;
}

export interface NewEntry extends Decided {
  readonly at: Instant;
  readonly gatheredAt: Instant;
  /** Absent: the image is gone. */
  readonly evidence: number | undefined;
}

/** The writing side of the history. All of it runs inside of a transaction. */
export function openEvidenceTables(database: DatabaseSync) {
  const { findImage, addImage, newest, newestAt, version, findEvidence, addEvidence, add, point } = prepare(database);

  function newestOf(image: number, at: Instant) {
    const row = newest.get(image, at);
    if (row === undefined) return undefined;
    return {
      digest: textOrNone(row, "digest"),
      tags: text(row, "tags"),
      verdict: textOrNone(row, "verdict"),
      reasons: blob(row, "reasons"),
    };
  }

  return {
    /** @returns the image's number */
    image({ digest, repository, registry }: ImageKey): number {
      const row = findImage.get(digest, repository, registry);
      return row === undefined ? Number(addImage.run(digest, repository, registry).lastInsertRowid) : whole(row, "id");
    },
    newest: newestOf,
    /** Since when the newest entry counts. */
    newestAt(image: number): Instant | undefined {
      const row = newestAt.get(image);
      return row === undefined ? undefined : instant(whole(row, "at"));
    },
    /** Of the image's record; `undefined` where there is none. */
    version({ digest, repository, registry }: ImageKey): number | undefined {
      const row = version.get(digest, repository, registry);
      return row === undefined ? undefined : whole(row, "version");
    },
    isNewest(image: number, at: Instant, digest: Digest, { tags, verdict, reasons }: Decided): boolean {
      const last = newestOf(image, at);
      if (last === undefined || last.digest !== digest || last.verdict !== verdict) return false;
      return last.tags === JSON.stringify(tags) && Buffer.compare(last.reasons, reasons) === 0;
    },
    /** @returns the number of equal evidence, which is kept once */
    evidence({ digest, shell }: Draft, pack: () => Uint8Array): number {
      const row = findEvidence.get(digest);
      return row === undefined ? Number(addEvidence.run(digest, shell, pack()).lastInsertRowid) : whole(row, "id");
    },
    add(image: number, { at, gatheredAt, evidence, tags, verdict, reasons }: NewEntry): void {
      add.run(image, at, gatheredAt, evidence ?? null, JSON.stringify(tags), verdict ?? null, reasons);
      point.run(image);
    },
  };
}

function prepare(database: DatabaseSync) {
  return {
    findImage: database.prepare("SELECT id FROM seen WHERE digest = ? AND repository = ? AND registry = ?"),
    addImage: database.prepare("INSERT INTO seen (digest, repository, registry) VALUES (?, ?, ?)"),
    newest: database.prepare(
      `SELECT evidence.digest AS digest, tags, verdict, reasons FROM known LEFT JOIN evidence ON evidence.id = known.evidence
       WHERE image = ? AND at <= ? ORDER BY at DESC LIMIT 1`,
    ),
    newestAt: database.prepare("SELECT at FROM known WHERE image = ? ORDER BY at DESC LIMIT 1"),
    version: database.prepare("SELECT version FROM image WHERE digest = ? AND repository = ? AND registry = ?"),
    findEvidence: database.prepare("SELECT id FROM evidence WHERE digest = ?"),
    addEvidence: database.prepare("INSERT INTO evidence (digest, shell, facts) VALUES (?, ?, ?)"),
    // Two looks within one millisecond: the later one counts.
    add: database.prepare(
      `INSERT INTO known (image, at, gathered_at, evidence, tags, verdict, reasons) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (image, at) DO UPDATE SET gathered_at = excluded.gathered_at, evidence = excluded.evidence, tags = excluded.tags,
         verdict = excluded.verdict, reasons = excluded.reasons`,
    ),
    point: database.prepare("UPDATE seen SET current = (SELECT id FROM known WHERE image = ?1 ORDER BY at DESC LIMIT 1) WHERE id = ?1"),
  };
}
