import { SwitchedView } from "../../shared/web/api/schema-status.ts";
import { actorOf } from "./act.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import { openGate, sameGate } from "./gate.ts";
import type { Call } from "./verb.ts";

/** Stops all that the gate does of itself, or lets it go on. */
export async function switchGate({ flags, terminal, asJson }: Call, verb: "stop" | "resume"): Promise<ExitCode> {
  const reason = flags.text("reason")?.trim();
  if (reason === undefined || reason === "")
    throw usageError(`Could not ${verb} the gate`, "no reason was given; it goes into the journal", `add --reason "why"`);
  const answer = await openGate(flags).post(`/api/v1/brake/${verb}`, { reason, ...actorOf(flags.text("actor")) }, SwitchedView);
  if (asJson) terminal.printJson(answer);
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
