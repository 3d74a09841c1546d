import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Action, Outcome } from "../../domain/action.ts";
import type { StoredAction } from "../../domain/image-record.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import type { ActionQuery, Page } from "../../ports/ledger.ts";
import { readPlace } from "./place.ts";
import { body, type Row, whole } from "./row.ts";

export interface Actions {
  find(id: string): StoredAction | undefined;
  /** Newest first. */
  of(key: ImageKey): readonly StoredAction[];
  search(query: ActionQuery): Page<StoredAction>;
  begin(image: number, action: Action): void;
  /** @throws Error on an action that was never begun: its step must not be kept */
  end(actionId: string, outcome: Outcome): void;
}

const MAX_LIMIT = 500;

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
    search: openSearch(database),
    begin(image, action) {
      begin.run(action.id, image, JSON.stringify(action));
    },
    end(actionId, outcome) {
      if (end.run(JSON.stringify(outcome), actionId).changes === 0) throw new Error(`action ${actionId} has an outcome and no intent`);
    },
  };
}

/** Newest first; a page's `next` is the number of the last action on it. Each filter has its index. */
function openSearch(database: DatabaseSync): Actions["search"] {
  const statements = new Map<string, StatementSync>();
  const compiled = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return ({ run, policy, since, after, limit: asked }) => {
    const limit = Math.min(Math.max(1, Math.trunc(asked)), MAX_LIMIT);
    // The sign keeps SQLite from walking through all actions in their order, where few ended since.
    const place = since === undefined ? "sequence" : "+sequence";
    const conditions: readonly (readonly [string, string | number | undefined])[] = [
      ["run = ?", run],
      ["policy >= ?", policy],
      ["policy < ?", policy === undefined ? undefined : `${policy}~`],
      ["ended_at >= ?", since],
      [`${place} < ?`, after === undefined ? undefined : readPlace(after)],
    ];
    const given = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
    const where = given.length === 0 ? "" : `WHERE ${given.map(({ sql }) => sql).join(" AND ")}`;
    const statement = compiled(`SELECT sequence, body, outcome FROM action ${where} ORDER BY ${place} DESC LIMIT ?`);
    const rows = statement.all(...given.map(({ value }) => value), limit + 1);
    const items = rows.slice(0, limit).map(stored);
    return rows.length > limit ? { items, next: String(whole(rows[limit - 1], "sequence")) } : { items };
  };
}

function stored(row: Row): StoredAction {
  const action = body<Action>(row, "body");
  return row["outcome"] === null ? { action } : { action, outcome: body<Outcome>(row, "outcome") };
}
