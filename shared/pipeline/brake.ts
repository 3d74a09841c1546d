import { braked } from "../audit/record.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { Instant } from "../domain/time.ts";
import { mayHold } from "../enforcement/brake.ts";
import type { GateDeps } from "./deps.ts";
import { type Prepared, without } from "./prepare.ts";
import type { JudgeWork } from "./work.ts";

/**
 * Takes the hold out of a step whose run has held as much as it may; the verdict stays. What a registry or a person tells is of no run and is
 * never braked, nor is a hold by hand, nor that of an image which is held already.
 */
export async function brake(deps: GateDeps, work: JudgeWork, prepared: Prepared, now: Instant): Promise<Prepared> {
  const run = runOf(work, prepared.judged.before);
  if (run === undefined) return prepared;
  const ofRun = belonging(prepared, run);
  const limits = deps.brake;
  if (limits === "off" || !isNewHold(prepared)) return ofRun;
  const { key, tags, verdict } = prepared.record;
  const reasons = verdict.reasons.filter((reason) => reason.level === "enforce").map((reason) => reason.key);
  const hold = { image: key, hasTags: tags.length > 0, reasons };
  const weighed = await deps.runs.weigh(run, hold, now, (facts) => mayHold(limits, facts, hold));
  if (weighed.kind === "go") return ofRun;
  // The image at which the run stopped tells it, once more should a crash have come between.
  if (weighed.stopped !== undefined) {
    const { at, why } = weighed.stopped;
    await deps.ledger.append([braked(weighed.stopped, { state: "stopped", at, why })]);
  }
  return without(ofRun, "isBraked");
}

function runOf({ run, isRecheck }: JudgeWork, before: ImageRecord | undefined): string | undefined {
  return run ?? (isRecheck === true ? before?.run : undefined);
}

function belonging({ judged, record, action }: Prepared, run: string): Prepared {
  if (action?.cause.policy === undefined) return { judged, record: { ...record, run }, action };
  const asked = { ...action, cause: { ...action.cause, run } };
  return { judged, record: { ...record, run, pending: asked }, action: asked };
}

function isNewHold({ action, record }: Prepared): boolean {
  return action?.verb === "hold" && record.hold.kind === "free" && record.override === undefined;
}
