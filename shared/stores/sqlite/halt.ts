import type { DatabaseSync } from "node:sqlite";
import type { Actor } from "../../domain/action.ts";
import { GOING } from "../../domain/halt.ts";
import { instant } from "../../domain/time.ts";
import type { HaltStore } from "../../ports/halt-store.ts";
import { storeFault } from "./fault.ts";
import { body, whole } from "./row.ts";
import type { Writer } from "./writer.ts";

export function openHalt(database: DatabaseSync, writer: Writer): HaltStore {
  const find = database.prepare("SELECT since, by_whom FROM halt");
  const keep = database.prepare("INSERT INTO halt (only, since, by_whom) VALUES (1, ?, ?) ON CONFLICT (only) DO NOTHING");
  const drop = database.prepare("DELETE FROM halt");
  return {
    async now() {
      try {
        const row = find.get();
        return row === undefined ? GOING : { kind: "halted", since: instant(whole(row, "since")), by: body<Actor>(row, "by_whom") };
      } catch (error) {
        throw storeFault(error);
      }
    },
    halt: (by, at) => writer.write("power-cut", () => keep.run(at, JSON.stringify(by)).changes === 1),
    resume: () => writer.write("power-cut", () => drop.run().changes === 1),
  };
}
