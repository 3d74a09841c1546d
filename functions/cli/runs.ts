import type * as z from "zod";
import { RunList, type RunView } from "../../shared/web/api/schema.ts";
import { EXIT } from "./exit-code.ts";
import { openGate } from "./gate.ts";
import type { Run } from "./verb.ts";

export const runRuns: Run = async ({ flags, terminal, asJson }) => {
  const list = await openGate(flags).get("/api/v1/runs", RunList);
  if (asJson) terminal.printJson(list);
  else terminal.print(list.runs.length === 0 ? "  No run has held anything, and none was stopped." : list.runs.map(words).join("\n"));
  return list.runs.some(({ state }) => state === "stopped") ? EXIT.violating : EXIT.fine;
};

function words({ id, state, held, waiting, why }: z.output<typeof RunView>): string {
  const line = `  ${state === "stopped" ? "!" : "+"} ${id}  ${state}, ${held} held, ${waiting} wait`;
  return state === "stopped"
    ? `${line}: ${why ?? ""}\n    moorgate approve ${id} --reason "..."   or   moorgate reject ${id} --reason "..."`
    : line;
}
