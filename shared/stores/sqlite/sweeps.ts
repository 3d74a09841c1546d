import type { DatabaseSync } from "node:sqlite";
import { parseRegistryHost } from "../../domain/image-ref.ts";
import type { SweepPlace, SweepStore } from "../../ports/sweep-store.ts";
import { body, text } from "./row.ts";
import type { Writer } from "./writer.ts";

export const SWEEPS = "CREATE TABLE sweep (registry TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;";

export function openSweeps(database: DatabaseSync, writer: Writer): SweepStore {
  const all = database.prepare("SELECT registry, body FROM sweep ORDER BY registry");
  const keep = database.prepare("INSERT OR REPLACE INTO sweep (registry, body) VALUES (?, ?)");
  const drop = database.prepare("DELETE FROM sweep WHERE registry = ?");
  return {
    async left() {
      return new Map(all.all().map((row) => [parseRegistryHost(text(row, "registry")), body<SweepPlace>(row, "body")]));
    },
    leave: (registry, place) => writer.write("power-cut", () => void keep.run(registry, JSON.stringify(place))),
    end: (registry) => writer.write("power-cut", () => void drop.run(registry)),
  };
}
