import { DecidedRunView } from "../../shared/web/api/schema.ts";
import { actorOf } from "./act.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import { openGate } from "./gate.ts";
import type { Call } from "./verb.ts";

/** Answers a run that the brake stopped. */
export async function decideRun({ flags, words, terminal, asJson }: Call, verb: "approve" | "reject"): Promise<ExitCode> {
  const reason = flags.text("reason")?.trim();
  if (reason === undefined || reason === "")
    throw usageError(`Could not ${verb}`, "no reason was given; it goes into the journal", `add --reason "why"`);
  const path = `/api/v1/runs/${encodeURIComponent(words[0] ?? "")}/${verb}`;
  const decided = await openGate(flags).post(path, { reason, ...actorOf(flags.text("actor")) }, DecidedRunView);
  const { run, queued } = decided;
  if (asJson) terminal.printJson(decided);
  else
    terminal.print(
      verb === "approve"
        ? `  APPROVED   ${run.id}: ${images(queued, "is", "are")} judged again, and held where the policy still asks for it`
        : `  REJECTED   ${run.id}: ${images(run.waiting, "stays", "stay")} free until another reason or run`,
    );
  return EXIT.fine;
}

function images(count: number, one: string, more: string): string {
  return count === 1 ? `1 image ${one}` : `${count} images ${more}`;
}
