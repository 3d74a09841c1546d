import type { DatabaseSync } from "node:sqlite";
import type { Actor } from "../../domain/action.ts";
import { parseRegistryHost, parseRepository } from "../../domain/image-ref.ts";
import { instant } from "../../domain/time.ts";
import type { LeftAction, StepResult, Undo, UndoProgress, UndoScope, UndoStep } from "../../domain/undo.ts";
import type { UndoPlace, UndoStore } from "../../ports/undo-store.ts";
import { body, type Row, text, whole, wholeOrNone } from "./row.ts";
import type { Writer } from "./writer.ts";

type Statements = ReturnType<typeof prepare>;

export function openUndos(database: DatabaseSync, writer: Writer): UndoStore {
  const statements = prepare(database);
  return {
    begin: async (undo, now) => writer.write("power-cut", () => begin(statements, undo, now)),
    async find(id) {
      const row = statements.find.get(id);
      return row === undefined ? undefined : undoOf(row, statements.steps.all(whole(row, "number")).map(progressOf));
    },
    isEnded: async (id) => statements.ended.get(id) !== undefined,
    open: async () => grouped(statements.open.all()),
    async next(id, { registry, repository }) {
      const row = statements.next.get(id, registry, repository);
      return row === undefined
        ? undefined
        : { place: whole(row, "place"), step: body<UndoStep>(row, "body"), actor: body<Actor>(row, "actor") };
    },
    settle: async (id, place, result) =>
      writer.write("power-cut", () => {
        if (statements.settle.run(JSON.stringify(result), id, place).changes > 0) statements.end.run(result.at, id);
      }),
  };
}

function prepare(database: DatabaseSync) {
  const ofUndo = "undo = (SELECT number FROM undo WHERE id = ?)";
  return {
    standing: database.prepare("SELECT id FROM undo WHERE plan = ? AND ended_at IS NULL"),
    insert: database.prepare(
      `INSERT INTO undo (number, id, scope, actor, plan, begun_at, ended_at, left_alone)
       SELECT next, 'undo-' || next, ?, ?, ?, ?, ?, ? FROM (SELECT coalesce(max(number), 0) + 1 AS next FROM undo) RETURNING number, id`,
    ),
    step: database.prepare("INSERT INTO undo_step (undo, place, registry, repository, body) VALUES (?, ?, ?, ?, ?)"),
    find: database.prepare("SELECT * FROM undo WHERE id = ?"),
    ended: database.prepare("SELECT id FROM undo WHERE id = ? AND ended_at IS NOT NULL"),
    steps: database.prepare("SELECT body, result FROM undo_step WHERE undo = ? ORDER BY place"),
    open: database.prepare(
      `SELECT DISTINCT undo.id, undo_step.registry, undo_step.repository FROM undo_step JOIN undo ON undo.number = undo_step.undo
       WHERE undo_step.result IS NULL ORDER BY undo.number`,
    ),
    next: database.prepare(
      `SELECT place, body, actor FROM undo_step JOIN undo ON undo.number = undo_step.undo
       WHERE undo.id = ? AND registry = ? AND repository = ? AND result IS NULL ORDER BY place LIMIT 1`,
    ),
    settle: database.prepare(`UPDATE undo_step SET result = ? WHERE ${ofUndo} AND place = ? AND result IS NULL`),
    end: database.prepare(
      `UPDATE undo SET ended_at = ? WHERE id = ? AND ended_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM undo_step WHERE undo_step.undo = undo.number AND result IS NULL)`,
    ),
  };
}

function begin(statements: Statements, { scope, actor, plan, left, steps }: Parameters<UndoStore["begin"]>[0], now: number): string {
  const standing = statements.standing.get(plan);
  if (standing !== undefined) return text(standing, "id");
  const endedAt = steps.length === 0 ? now : null;
  const row = statements.insert.get(JSON.stringify(scope), JSON.stringify(actor), plan, now, endedAt, JSON.stringify(left));
  const number = whole(row, "number");
  for (const [place, step] of steps.entries())
    statements.step.run(number, place, step.image.registry, step.image.repository, JSON.stringify(step));
  return text(row, "id");
}

function undoOf(row: Row, steps: readonly UndoProgress[]): Undo {
  const endedAt = wholeOrNone(row, "ended_at");
  return {
    id: text(row, "id"),
    scope: body<UndoScope>(row, "scope"),
    actor: body<Actor>(row, "actor"),
    plan: text(row, "plan"),
    begunAt: instant(whole(row, "begun_at")),
    ...(endedAt === undefined ? {} : { endedAt: instant(endedAt) }),
    steps,
    left: body<readonly LeftAction[]>(row, "left_alone"),
  };
}

function progressOf(row: Row): UndoProgress {
  const step = body<UndoStep>(row, "body");
  return row["result"] === null ? step : { ...step, result: body<StepResult>(row, "result") };
}

function grouped(rows: readonly Row[]): Awaited<ReturnType<UndoStore["open"]>> {
  const places = new Map<string, UndoPlace[]>();
  for (const row of rows) {
    const where = { registry: parseRegistryHost(text(row, "registry")), repository: parseRepository(text(row, "repository")) };
    places.set(text(row, "id"), [...(places.get(text(row, "id")) ?? []), where]);
  }
  return [...places].map(([id, each]) => ({ id, places: each }));
}
