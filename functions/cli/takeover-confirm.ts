import type * as z from "zod";
import { TakenOverView } from "../../shared/web/api/schema-take-over.ts";
import { actorOf } from "./act.ts";
import { EXIT } from "./exit-code.ts";
import { CliError, usageError } from "./fault.ts";
import { openGate, sameGate } from "./gate.ts";
import { count } from "./takeover-status.ts";
import type { Run } from "./verb.ts";

const WHAT = "Could not take over the registry";

export const runTakeOverConfirm: Run = async ({ flags, words: [registry = ""], terminal, asJson }) => {
  const reason = flags.text("reason")?.trim();
  if (reason === undefined || reason === "") throw usageError(WHAT, "no reason was given; it goes into the journal", `add --reason "why"`);
  const path = `/api/v1/takeover/${encodeURIComponent(registry)}/confirm`;
  const taken = await asUsage(openGate(flags).post(path, { reason, ...actorOf(flags.text("actor")) }, TakenOverView));
  if (asJson) terminal.printJson(taken);
  else terminal.print(words(taken, sameGate(flags)));
  return EXIT.fine;
};

/** A step that has to come first is no failure of the gate. */
async function asUsage<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CliError && error.fault.code === "refused") throw new CliError({ ...error.fault, exit: EXIT.usage });
    throw error;
  }
}

function words({ registry, run, queued, numbers: { hold, deadline } }: z.output<typeof TakenOverView>, sameGateFlags: string): string {
  return [
    `  IN CHARGE  ${registry}: ${count(queued)} images are judged again as run ${run}; ${count(hold)} to be held, ${count(deadline)} to get a deadline`,
    `  Follow     moorgate takeover status ${registry} --follow${sameGateFlags}`,
  ].join("\n");
}
