import type { DatabaseSync } from "node:sqlite";
import { parseRegistryHost, type RegistryHost } from "../../domain/image-ref.ts";
import { ended, type SweepState } from "../../domain/sweep.ts";
import type { SweepStore } from "../../ports/sweep-store.ts";
import { body, text } from "./row.ts";
import type { Writer } from "./writer.ts";

export const SWEEPS = "CREATE TABLE sweep (registry TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;";

export function openSweeps(database: DatabaseSync, writer: Writer): SweepStore {
  const all = database.prepare("SELECT registry, body FROM sweep ORDER BY registry");
  const find = database.prepare("SELECT body FROM sweep WHERE registry = ?");
  const save = database.prepare("INSERT OR REPLACE INTO sweep (registry, body) VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM sweep WHERE registry = ?");
  const change = (registry: RegistryHost, next: (before: SweepState) => SweepState): Promise<void> =>
    writer.write("power-cut", () => {
      const row = find.get(registry);
      save.run(registry, JSON.stringify(next(row === undefined ? {} : body<SweepState>(row, "body"))));
    });
  return {
    async all() {
      return new Map(all.all().map((row) => [parseRegistryHost(text(row, "registry")), body<SweepState>(row, "body")]));
    },
    leave: (registry, left) => change(registry, (before) => ({ ...before, left })),
    end: (registry, place) => change(registry, (before) => ended(before, place)),
    forget: (registry) => writer.write("power-cut", () => void remove.run(registry)),
  };
}
