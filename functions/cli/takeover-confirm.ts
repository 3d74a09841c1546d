import type * as z from "zod";
import { TakenOverView } from "../../shared/web/api/schema-take-over.ts";
import { actorOf } from "./act.ts";
import { EXIT } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import { openGate, sameGate } from "./gate.ts";
import { unlessSo } from "./refused.ts";
import { count, inChargeOf, inChargeWords } from "./takeover-status.ts";
import type { Run } from "./verb.ts";

const WHAT = "Could not take over the registry";

export const runTakeOverConfirm: Run = async ({ flags, words: [registry = ""], terminal, asJson }) => {
  const reason = flags.text("reason")?.trim();
  if (reason === undefined || reason === "") throw usageError(WHAT, "no reason was given; it goes into the journal", `add --reason "why"`);
  const path = `/api/v1/takeover/${encodeURIComponent(registry)}/confirm`;
  const gate = openGate(flags);
  const confirmed = gate.post(path, { reason, ...actorOf(flags.text("actor")) }, TakenOverView);
  const taken = await unlessSo(confirmed, () => inChargeOf(gate, registry));
  if (asJson) terminal.printJson(taken);
  else if ("kind" in taken) terminal.print(inChargeWords(registry));
  else terminal.print(words(taken, sameGate(flags)));
  return EXIT.fine;
};

function words({ registry, run, queued, numbers: { hold, deadline } }: z.output<typeof TakenOverView>, sameGateFlags: string): string {
  return [
    `  IN CHARGE  ${registry}: ${count(queued)} images are judged again as run ${run}; ${count(hold)} to be held, ${count(deadline)} to get a deadline`,
    `  Follow     moorgate takeover status ${registry} --follow${sameGateFlags}`,
  ].join("\n");
}
