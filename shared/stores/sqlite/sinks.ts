import type { DatabaseSync } from "node:sqlite";
import type { DeadLetter, SinkState, SinkStore } from "../../ports/audit-sink.ts";
import { type Row, text, textOrNone, whole, wholeOrNone } from "./row.ts";
import type { Writer } from "./writer.ts";

const NEW: SinkState = { cursor: 0, state: "active", failures: 0, nextAt: 0, delivered: 0, dead: 0 };

export function openSinks(database: DatabaseSync, writer: Writer): SinkStore {
  const find = database.prepare("SELECT * FROM sink WHERE name = ?");
  const save = database.prepare(
    `INSERT OR REPLACE INTO sink (name, cursor, state, failures, next_at, retry_through, last_error, delivered, dead)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const bury = database.prepare("INSERT OR REPLACE INTO dead_letter (sink, sequence, why, at) VALUES (?, ?, ?, ?)");
  const buried = database.prepare("SELECT sequence, why, at FROM dead_letter WHERE sink = ? ORDER BY sequence DESC LIMIT ?");

  const write = (name: string, state: SinkState, dead: readonly DeadLetter[]): void => {
    const { cursor, failures, nextAt, retryThrough = null, lastError = null, delivered } = state;
    save.run(name, cursor, state.state, failures, nextAt, retryThrough, lastError, delivered, state.dead);
    for (const { sequence, why, at } of dead) bury.run(name, sequence, why, at);
  };

  return {
    async sink(name) {
      const row = find.get(name);
      return row === undefined ? NEW : stateOf(row);
    },
    save: async (name, state, dead) => writer.write("crash", () => write(name, state, dead)),
    async deadLetters(name, limit) {
      return buried.all(name, limit).map((row) => ({ sequence: whole(row, "sequence"), why: text(row, "why"), at: whole(row, "at") }));
    },
  };
}

function stateOf(row: Row): SinkState {
  const retryThrough = wholeOrNone(row, "retry_through");
  const lastError = textOrNone(row, "last_error");
  const state = text(row, "state");
  return {
    cursor: whole(row, "cursor"),
    state: state === "paused" || state === "disabled" ? state : "active",
    failures: whole(row, "failures"),
    nextAt: whole(row, "next_at"),
    ...(retryThrough === undefined ? {} : { retryThrough }),
    ...(lastError === undefined ? {} : { lastError }),
    delivered: whole(row, "delivered"),
    dead: whole(row, "dead"),
  };
}
