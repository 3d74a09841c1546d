import type * as z from "zod";
import { BrakeView } from "../../shared/web/api/schema-brake.ts";
import { SwitchedView } from "../../shared/web/api/schema-status.ts";
import { actorOf } from "./act.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import { type Gate, openGate, sameGate } from "./gate.ts";
import { printable } from "./printable.ts";
import { unlessSo } from "./refused.ts";
import type { Call } from "./verb.ts";

/** Stops all that the gate does of itself, or lets it go on. */
export async function switchGate({ flags, terminal, asJson }: Call, verb: "stop" | "resume"): Promise<ExitCode> {
  const reason = flags.text("reason")?.trim();
  if (reason === undefined || reason === "")
    throw usageError(`Could not ${verb} the gate`, "no reason was given; it goes into the journal", `add --reason "why"`);
  const gate = openGate(flags);
  const switched = gate.post(`/api/v1/brake/${verb}`, { reason, ...actorOf(flags.text("actor")) }, SwitchedView);
  const answer = await unlessSo(switched, () => standingSo(gate, verb));
  if (asJson) terminal.printJson(answer);
  else if ("kind" in answer) terminal.print(thereWords(answer.halted));
  else if (verb === "stop")
    terminal.print(
      `  STOPPED    the gate judges and tells, and changes nothing of itself; people may hold and release\n  Go on      moorgate brake resume --reason "..."${sameGate(flags)}`,
    );
  else
    terminal.print(
      `  RESUMED    ${answer.queued} ${answer.queued === 1 ? "image is" : "images are"} judged again, for the gate was kept from acting on them`,
    );
  return EXIT.fine;
}

interface StandingSo {
  readonly kind: "there";
  readonly queued: 0;
  readonly halted?: NonNullable<z.output<typeof BrakeView>["halted"]>;
}

/** How the switch stands, where that is what was asked for. */
async function standingSo(gate: Gate, verb: "stop" | "resume"): Promise<StandingSo | undefined> {
  const { halted } = await gate.get("/api/v1/brake", BrakeView);
  if ((verb === "stop") !== (halted !== undefined)) return undefined;
  return { kind: "there", queued: 0, ...(halted === undefined ? {} : { halted }) };
}

function thereWords(halted: StandingSo["halted"]): string {
  if (halted === undefined) return "  NOTHING TO DO  the gate is not stopped";
  return `  NOTHING TO DO  ${halted.by} has stopped the gate already, since ${halted.since}: ${printable(halted.reason)}`;
}
