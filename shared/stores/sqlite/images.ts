import type { DatabaseSync } from "node:sqlite";
import type { ImageRecord } from "../../domain/image-record.ts";
import { type ImageKey, parseRepository, type RegistryHost, type Repository } from "../../domain/image-ref.ts";
import type { ImageQuery, Ledger, Page } from "../../ports/ledger.ts";
import { type Bearers, openBearers } from "./bearers.ts";
import { openImageSearch } from "./image-search.ts";
import { body, type Row, text, textOrNone, whole } from "./row.ts";

type Counts = Awaited<ReturnType<Ledger["counts"]>>;

export interface Images {
  find(key: ImageKey): ImageRecord | undefined;
  list(query: ImageQuery): Page<ImageRecord>;
  repositories(registry: RegistryHost): readonly Repository[];
  counts(): Counts;
  parents(child: Parameters<Ledger["parents"]>[0]): readonly ImageRecord[];
  carriers(attached: ImageKey): readonly ImageRecord[];
  bearers: Bearers["of"];
  /** @returns row of the image; `undefined` where the stored version is not the one before: nothing was written then. */
  put(record: ImageRecord): number | undefined;
}

/** Whoever may push may put one manifest under the tags of many images; more are found by the sweep. */
const MOST_CARRIERS = 500;
const KEY = "digest = ? AND repository = ? AND registry = ?";

export function openImages(database: DatabaseSync): Images {
  const statements = prepare(database);
  const search = openImageSearch(database);
  const bearers = openBearers(database);

  function insert(record: ImageRecord): number {
    const { digest, repository, registry } = record.key;
    const done = statements.insert.run(digest, repository, registry, ...columnsOf(record));
    return Number(done.lastInsertRowid);
  }

  function linkChildren(parent: number, record: ImageRecord): void {
    statements.unlink.run(parent);
    for (const child of new Set(record.children)) statements.link.run(child, parent);
  }

  function linkAttached(image: number, record: ImageRecord): void {
    statements.detach.run(image);
    for (const digest of new Set(record.attached)) statements.attach.run(digest, image);
  }

  function tally(before: readonly string[], after: readonly string[]): void {
    for (const name of before) if (!after.includes(name)) statements.tally.run(-1, name);
    for (const name of after) if (!before.includes(name)) statements.tally.run(1, name);
  }

  return {
    find: (key) => recordOf(statements.find.get(...keyOf(key))),
    list: search,
    repositories: (registry) => statements.repositories.all(registry).map((row) => parseRepository(text(row, "repository"))),
    counts: () => readCounts(statements.counts.all()),
    parents: ({ digest, repository = null, registry = null }) =>
      statements.parents.all(digest, repository, registry).map((row) => body<ImageRecord>(row, "body")),
    carriers: (attached) => statements.carriers.all(...keyOf(attached), MOST_CARRIERS).map((row) => body<ImageRecord>(row, "body")),
    bearers: bearers.of,
    put(record) {
      const stored = statements.state.get(...keyOf(record.key));
      const version = stored === undefined ? 0 : whole(stored, "version");
      if (record.version !== version + 1) return undefined;
      const id = stored === undefined ? insert(record) : whole(stored, "id");
      if (stored !== undefined) statements.update.run(...columnsOf(record), id);
      if ((stored === undefined ? "[]" : text(stored, "children")) !== JSON.stringify(record.children)) linkChildren(id, record);
      if ((stored === undefined ? "[]" : text(stored, "attached")) !== attachedTo(record)) linkAttached(id, record);
      bearers.note(record, stored === undefined ? [] : body<readonly string[]>(stored, "tags"));
      tally(stored === undefined ? [] : talliesOfRow(stored), talliesOf(record));
      return id;
    },
  };
}

function prepare(database: DatabaseSync) {
  // The number of a change is one more than the last: the newest change is first, and a page ends at a number.
  const change = "(SELECT coalesce(max(changed), 0) + 1 FROM image)";
  return {
    find: database.prepare(`SELECT body FROM image WHERE ${KEY}`),
    state: database.prepare(`SELECT id, version, verdict, held, children, attached, body ->> '$.tags' AS tags FROM image WHERE ${KEY}`),
    insert: database.prepare(
      `INSERT INTO image (digest, repository, registry, version, verdict, held, words, children, attached, body, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${change})`,
    ),
    update: database.prepare(
      `UPDATE image SET version = ?, verdict = ?, held = ?, words = ?, children = ?, attached = ?, body = ?, changed = ${change} WHERE id = ?`,
    ),
    unlink: database.prepare("DELETE FROM child WHERE parent = ?"),
    link: database.prepare("INSERT INTO child (digest, parent) VALUES (?, ?)"),
    parents: database.prepare(
      `SELECT image.body FROM child JOIN image ON image.id = child.parent
       WHERE child.digest = ?1 AND coalesce(image.repository = ?2, TRUE) AND coalesce(image.registry = ?3, TRUE) ORDER BY image.id`,
    ),
    detach: database.prepare("DELETE FROM attached WHERE image = ?"),
    attach: database.prepare("INSERT INTO attached (digest, image) VALUES (?, ?)"),
    carriers: database.prepare(
      `SELECT image.body FROM attached JOIN image ON image.id = attached.image
       WHERE attached.digest = ? AND image.repository = ? AND image.registry = ? ORDER BY image.id LIMIT ?`,
    ),
    repositories: database.prepare("SELECT DISTINCT repository FROM image WHERE registry = ?"),
    tally: database.prepare("UPDATE tally SET count = count + ? WHERE name = ?"),
    counts: database.prepare("SELECT name, count FROM tally"),
  };
}

function keyOf({ digest, repository, registry }: ImageKey): [string, string, string] {
  return [digest, repository, registry];
}

function columnsOf(record: ImageRecord): [number, string | null, number, string, string, string, string] {
  const { registry, repository, digest } = record.key;
  const words = [`${registry}/${repository}`, ...record.tags, digest].join("\n").toLowerCase();
  const held = record.hold.kind === "held" ? 1 : 0;
  return [
    record.version,
    record.verdict?.kind ?? null,
    held,
    words,
    JSON.stringify(record.children),
    attachedTo(record),
    JSON.stringify(record),
  ];
}

function attachedTo({ attached = [] }: ImageRecord): string {
  return JSON.stringify(attached);
}

function recordOf(row: Row | undefined): ImageRecord | undefined {
  return row === undefined ? undefined : body<ImageRecord>(row, "body");
}

function talliesOf(record: ImageRecord): readonly string[] {
  return ["images", ...(record.hold.kind === "held" ? ["held"] : []), ...(record.verdict === undefined ? [] : [record.verdict.kind])];
}

function talliesOfRow(row: Row): readonly string[] {
  const verdict = textOrNone(row, "verdict");
  return ["images", ...(whole(row, "held") === 1 ? ["held"] : []), ...(verdict === undefined ? [] : [verdict])];
}

function readCounts(rows: readonly Row[]): Counts {
  const counts = new Map(rows.map((row) => [text(row, "name"), whole(row, "count")]));
  const count = (name: string): number => counts.get(name) ?? 0;
  const verdicts = { compliant: count("compliant"), violating: count("violating"), indeterminate: count("indeterminate") };
  return { images: count("images"), held: count("held"), verdicts };
}
