import type { DatabaseSync } from "node:sqlite";
import type { Action, Outcome } from "../../domain/action.ts";
import type { StoredAction } from "../../domain/image-record.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import { body, type Row } from "./row.ts";

export interface Actions {
  find(id: string): StoredAction | undefined;
  /** Newest first. */
  of(key: ImageKey): readonly StoredAction[];
  begin(image: number, action: Action): void;
  /** @throws Error on an action that was never begun: its step must not be kept */
  end(actionId: string, outcome: Outcome): void;
}

export function openActions(database: DatabaseSync): Actions {
  const find = database.prepare("SELECT body, outcome FROM action WHERE id = ?");
  const ofImage = database.prepare(
    `SELECT action.body, action.outcome FROM action JOIN image ON image.id = action.image
     WHERE image.digest = ? AND image.repository = ? AND image.registry = ? ORDER BY action.sequence DESC`,
  );
  const begin = database.prepare("INSERT INTO action (id, image, body) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING");
  const end = database.prepare("UPDATE action SET outcome = ? WHERE id = ?");
  return {
    find(id) {
      const row = find.get(id);
      return row === undefined ? undefined : stored(row);
    },
    of: (key) => ofImage.all(key.digest, key.repository, key.registry).map(stored),
    begin(image, action) {
      begin.run(action.id, image, JSON.stringify(action));
    },
    end(actionId, outcome) {
      if (end.run(JSON.stringify(outcome), actionId).changes === 0) throw new Error(`action ${actionId} has an outcome and no intent`);
    },
  };
}

function stored(row: Row): StoredAction {
  const action = body<Action>(row, "body");
  return row["outcome"] === null ? { action } : { action, outcome: body<Outcome>(row, "outcome") };
}
