import type * as z from "zod";
import { DecidedRunView, RunList, type RunView } from "../../shared/web/api/schema.ts";
import { actorOf } from "./act.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import { type Gate, openGate } from "./gate.ts";
import { unlessSo } from "./refused.ts";
import type { Call } from "./verb.ts";

/** Answers a run that the brake stopped. */
export async function decideRun({ flags, words, terminal, asJson }: Call, verb: "approve" | "reject"): Promise<ExitCode> {
  const reason = flags.text("reason")?.trim();
  if (reason === undefined || reason === "")
    throw usageError(`Could not ${verb}`, "no reason was given; it goes into the journal", `add --reason "why"`);
  const path = `/api/v1/runs/${encodeURIComponent(words[0] ?? "")}/${verb}`;
  const gate = openGate(flags);
  const asked = gate.post(path, { reason, ...actorOf(flags.text("actor")) }, DecidedRunView);
  const decided = await unlessSo(asked, () => decidedSo(gate, words[0] ?? "", verb));
  const { run, queued } = decided;
  if (asJson) terminal.printJson(decided);
  else if ("kind" in decided) terminal.print(`  NOTHING TO DO  ${run.id} is ${run.state} already`);
  else
    terminal.print(
      verb === "approve"
        ? `  APPROVED   ${run.id}: ${images(queued, "is", "are")} judged again, and held where the policy still asks for it`
        : `  REJECTED   ${run.id}: ${images(run.waiting, "stays", "stay")} free until another reason or run`,
    );
  return EXIT.fine;
}

interface DecidedSo {
  readonly kind: "there";
  readonly run: z.output<typeof RunView>;
  readonly queued: 0;
}

/** The run, where that is what somebody has answered already. */
async function decidedSo(gate: Gate, id: string, verb: "approve" | "reject"): Promise<DecidedSo | undefined> {
  const { runs } = await gate.get("/api/v1/runs", RunList);
  const run = runs.find((each) => each.id === id && each.state === STATES[verb]);
  return run === undefined ? undefined : { kind: "there", run, queued: 0 };
}

const STATES = { approve: "approved", reject: "rejected" } as const;

function images(count: number, one: string, more: string): string {
  return count === 1 ? `1 image ${one}` : `${count} images ${more}`;
}
