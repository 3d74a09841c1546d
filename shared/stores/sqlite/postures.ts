import type { DatabaseSync } from "node:sqlite";
import { NOTHING_TOLD, type Posture, type PostureStore } from "../../ports/posture-store.ts";
import { body } from "./row.ts";
import type { Writer } from "./writer.ts";

// What was told of how each registry is set up.
export const POSTURE = "CREATE TABLE posture (registry TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;";

export function openPostures(database: DatabaseSync, writer: Writer): PostureStore {
  const find = database.prepare("SELECT body FROM posture WHERE registry = ?");
  const save = database.prepare("INSERT OR REPLACE INTO posture (registry, body) VALUES (?, ?)");
  return {
    change: (registry, change) =>
      writer.write("power-cut", () => {
        const row = find.get(registry);
        const after = change(row === undefined ? NOTHING_TOLD : body<Posture>(row, "body"));
        save.run(registry, JSON.stringify(after));
        return after;
      }),
  };
}
