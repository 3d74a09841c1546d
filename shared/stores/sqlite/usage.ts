import type { DatabaseSync } from "node:sqlite";
import { type Digest, parseDigest } from "../../domain/digest.ts";
import { instant } from "../../domain/time.ts";
import { lastPart, type Unmatched, type UsageReport, type Workload } from "../../domain/usage.ts";
import type { StoredUsage, UsageStore } from "../../ports/usage-store.ts";
import { openPulls } from "./pulls.ts";
import { body, type Row, text, whole } from "./row.ts";
import type { Writer } from "./writer.ts";

/** Stands for a workload whose image has no name. */
const NAMELESS = "";

type Statements = ReturnType<typeof prepare>;

export function openUsage(database: DatabaseSync, writer: Writer): UsageStore {
  const statements = prepare(database);
  return {
    put: (report) => writer.write("power-cut", () => put(statements, report)),
    async uses(digests, repositories) {
      const names = [...repositories.map(lastPart), NAMELESS];
      const workloads = byPlace(statements.uses.all(JSON.stringify(digests)));
      const unmatched = byPlace(statements.unmatched.all(JSON.stringify(names)));
      return statements.places.all().map((row) => {
        const place = text(row, "name");
        const seenAt = instant(whole(row, "seen_at"));
        return { place, seenAt, workloads: workloads(place), unmatched: unmatched(place) };
      });
    },
    async places() {
      return statements.places.all().map((row) => ({
        place: text(row, "name"),
        seenAt: instant(whole(row, "seen_at")),
        images: whole(row, "images"),
        unmatched: whole(row, "unmatched"),
      }));
    },
    forget: (place) =>
      writer.write("power-cut", () => {
        const ran = clear(statements, place);
        return statements.drop.run(place).changes > 0 ? ran : undefined;
      }),
    ...openPulls(database, writer),
  };
}

function prepare(database: DatabaseSync) {
  return {
    find: database.prepare("SELECT seen_at FROM place WHERE name = ?"),
    name: database.prepare("INSERT INTO place (name, seen_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at"),
    drop: database.prepare("DELETE FROM place WHERE name = ?"),
    clear: database.prepare("DELETE FROM running WHERE place = ? RETURNING digest"),
    clearUnmatched: database.prepare("DELETE FROM unmatched WHERE place = ?"),
    add: database.prepare("INSERT INTO running (digest, place, workloads) VALUES (?, ?, ?)"),
    addUnmatched: database.prepare("INSERT INTO unmatched (place, name, workloads) VALUES (?, ?, ?)"),
    places: database.prepare(
      `SELECT name, seen_at, (SELECT count(*) FROM running WHERE place = place.name) AS images,
       (SELECT coalesce(sum(json_array_length(workloads)), 0) FROM unmatched WHERE unmatched.place = place.name) AS unmatched
       FROM place ORDER BY name`,
    ),
    uses: database.prepare("SELECT place, workloads FROM running WHERE digest IN (SELECT value FROM json_each(?)) ORDER BY digest"),
    unmatched: database.prepare("SELECT place, workloads FROM unmatched WHERE name IN (SELECT value FROM json_each(?)) ORDER BY name"),
  };
}

function put(statements: Statements, { place, seenAt, images, unmatched }: UsageReport): StoredUsage {
  const known = statements.find.get(place);
  if (known !== undefined && whole(known, "seen_at") > seenAt) return { kind: "older" };
  statements.name.run(place, seenAt);
  const before = clear(statements, place);
  for (const { digest, workloads } of images) statements.add.run(digest, place, JSON.stringify(workloads));
  for (const [name, some] of Map.groupBy(unmatched, nameOf)) {
    statements.addUnmatched.run(place, name, JSON.stringify(some.map(({ workload }) => workload)));
  }
  const still = new Set(images.map(({ digest }) => digest));
  return { kind: "stored", ended: before.filter((digest) => !still.has(digest)) };
}

/** @returns what the place ran */
function clear(statements: Statements, place: string): readonly Digest[] {
  statements.clearUnmatched.run(place);
  return statements.clear.all(place).map((row) => parseDigest(text(row, "digest")));
}

function nameOf({ repository }: Unmatched): string {
  return repository === undefined ? NAMELESS : lastPart(repository);
}

function byPlace(rows: readonly Row[]): (place: string) => readonly Workload[] {
  const found = Map.groupBy(rows, (row) => text(row, "place"));
  return (place) => (found.get(place) ?? []).flatMap((row) => body<readonly Workload[]>(row, "workloads"));
}
