import type { DatabaseSync } from "node:sqlite";
import { instant } from "../../domain/time.ts";
import type { Emergency, EmergencyStore } from "../../ports/emergency.ts";
import { body, type Row, wholeOrNone } from "./row.ts";
import type { Writer } from "./writer.ts";

export const EMERGENCY = `
CREATE TABLE emergency (
  number INTEGER PRIMARY KEY,
  run TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX emergency_open ON emergency (number) WHERE ended_at IS NULL;
`;

export function openEmergencies(database: DatabaseSync, writer: Writer): EmergencyStore {
  const begin = database.prepare("INSERT INTO emergency (run, body) VALUES (?, ?) ON CONFLICT (run) DO NOTHING");
  const end = database.prepare("UPDATE emergency SET ended_at = ? WHERE run = ? AND ended_at IS NULL");
  const find = database.prepare("SELECT body, ended_at FROM emergency WHERE run = ?");
  const all = database.prepare("SELECT body, ended_at FROM emergency ORDER BY number DESC LIMIT ?");
  const open = database.prepare("SELECT body, ended_at FROM emergency WHERE ended_at IS NULL ORDER BY number DESC LIMIT ?");
  return {
    begin: (emergency) => writer.write("power-cut", () => void begin.run(emergency.run, JSON.stringify(emergency))),
    async find(run) {
      const row = find.get(run);
      return row === undefined ? undefined : emergencyOf(row);
    },
    list: async (query) => (query.open === true ? open : all).all(query.limit).map(emergencyOf),
    end: (run, at) => writer.write("power-cut", () => void end.run(at, run)),
  };
}

function emergencyOf(row: Row): Emergency {
  const endedAt = wholeOrNone(row, "ended_at");
  return { ...body<Emergency>(row, "body"), ...(endedAt === undefined ? {} : { endedAt: instant(endedAt) }) };
}
