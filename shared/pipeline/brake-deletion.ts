import { braked } from "../audit/record.ts";
import type { DeleteAction } from "../domain/action.ts";
import { isDeletionRun } from "../domain/run.ts";
import type { Instant } from "../domain/time.ts";
import { mayDelete } from "../enforcement/brake.ts";
import type { GateDeps } from "./deps.ts";
import type { Prepared } from "./prepare.ts";
import type { JudgeWork } from "./work.ts";

const DAY = 86_400_000;

/**
 * Deletions of one day are counted together as a run of their own, whatever had the image judged again: the run that held it was answered for holds. What a
 * person lets go on are the images that waited then; others ask anew.
 */
export async function brakeDeletion(
  deps: Pick<GateDeps, "runs" | "ledger" | "brake" | "asking">,
  work: Pick<JudgeWork, "run">,
  prepared: Prepared,
  action: DeleteAction,
  now: Instant,
): Promise<Prepared> {
  const run =
    work.run !== undefined && isDeletionRun(work.run) ? work.run : await deps.runs.begin("deletion", String(Math.floor(now / DAY)), now);
  const { key, tags, verdict } = prepared.record;
  const reasons = verdict.reasons.filter(({ level }) => level === "enforce").map((reason) => reason.key);
  const asked = { image: key, hasTags: tags.length > 0, reasons };
  const takesTwo = deps.asking.includes("deletion");
  const weighed = await deps.runs.weigh(run, asked, now, (facts) => mayDelete(deps.brake, facts, asked, takesTwo));
  if (weighed.kind === "go") return ofRun(prepared, action, run);
  if (weighed.stopped !== undefined) {
    const { at, why } = weighed.stopped;
    await deps.ledger.append([braked(weighed.stopped, { state: "stopped", at, why })]);
  }
  return waiting(prepared, run);
}

function ofRun({ judged, record }: Prepared, action: DeleteAction, run: string): Prepared {
  const asked = { ...action, cause: { ...action.cause, run } };
  return { judged, record: { ...record, pending: asked }, action: asked };
}

/** The same step with nothing deleted, and what asks for it on the record. */
function waiting({ judged, record }: Prepared, waitsIn: string): Prepared {
  const { pending: _, deletion, ...rest } = record;
  const told = deletion === undefined ? {} : { deletion: { ...deletion, waitsIn } };
  return { judged, record: { ...rest, ...told, generation: judged.record.generation }, action: undefined };
}
