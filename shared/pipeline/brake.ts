import { braked } from "../audit/record.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { isDeletionRun, isEmergency } from "../domain/run.ts";
import type { Instant } from "../domain/time.ts";
import { mayHold, mayHoldForTwo } from "../enforcement/brake.ts";
import type { AskedHold, WeighedHold } from "../ports/run-store.ts";
import { brakeDeletion } from "./brake-deletion.ts";
import type { GateDeps } from "./deps.ts";
import { guardedBy } from "./guarded.ts";
import { keepOverride, type Prepared, without } from "./prepare.ts";
import { type JudgeWork, present } from "./work.ts";

/**
 * Takes the hold out of a step whose run has held as much as it may; the verdict stays. What a registry or a person tells is of no run and is
 * never braked, nor is a hold by hand that is of no emergency, nor that of an image which is held already.
 */
export async function brake(deps: GateDeps, work: JudgeWork, prepared: Prepared, now: Instant): Promise<Prepared> {
  if (prepared.action?.verb === "delete") return brakeDeletion(deps, work, prepared, prepared.action, now);
  const run = runOf(work, prepared.judged.before);
  if (run === undefined) return prepared;
  const ofRun = work.hold === undefined ? belonging(prepared, run) : askedBy(prepared, run);
  if (!isNewHold(prepared, work)) return ofRun;
  const { key, tags } = prepared.record;
  const reasons = work.hold === undefined ? enforced(prepared) : [EMERGENCY_REASON];
  const weighed = await weighHold(deps, run, { image: key, hasTags: tags.length > 0, reasons }, prepared.record, now);
  if (weighed.kind === "go") return ofRun;
  // The image at which the run stopped tells it, once more should a crash have come between.
  if (weighed.stopped !== undefined) {
    const { at, why } = weighed.stopped;
    await deps.ledger.append([braked(weighed.stopped, { state: "stopped", at, why })]);
  }
  return without(belonging(work.hold === undefined ? ofRun : withoutWish(prepared), run), "isBraked");
}

async function weighHold(deps: GateDeps, run: string, hold: AskedHold, record: ImageRecord, now: Instant): Promise<WeighedHold> {
  const limits = deps.brake;
  if (isEmergency(run) && deps.asking.includes("emergency")) return deps.runs.weigh(run, hold, now, (facts) => mayHoldForTwo(facts, hold));
  if (limits === "off") return { kind: "go" };
  const guarded = await guardedBy(deps, limits, record, now);
  return deps.runs.weigh(run, hold, now, (facts) => mayHold(limits, facts, hold, guarded));
}

// A person asked for it: no verdict changes that, and a rejection stands whatever the verdict becomes.
const EMERGENCY_REASON = "emergency";

function enforced({ record: { verdict } }: Prepared): readonly string[] {
  return verdict.reasons.filter((reason) => reason.level === "enforce").map((reason) => reason.key);
}

/** What an emergency had to do with an image says nothing of its verdict. */
function runOf({ run, isRecheck }: JudgeWork, before: ImageRecord | undefined): string | undefined {
  const earlier = isRecheck === true && before?.run !== undefined && !isEmergency(before.run) ? before.run : undefined;
  // What was to be deleted and is judged anew is of no run, should it come to be held.
  return run !== undefined && isDeletionRun(run) ? undefined : (run ?? earlier);
}

/** The hold is of the emergency, the verdict is not. */
function askedBy(prepared: Prepared, run: string): Prepared {
  const { record, action } = prepared;
  if (action === undefined || action.verb === "release" || action.cause.policy !== undefined) return prepared;
  const asked = { ...action, cause: { run } };
  return { ...prepared, record: { ...record, pending: asked }, action: asked };
}

/** As it was before somebody wanted it held. */
function withoutWish(prepared: Prepared): Prepared {
  const { override: _, ...rest } = prepared.record;
  return { ...prepared, record: { ...rest, ...present({ override: keepOverride(prepared.judged) }) } };
}

function belonging(prepared: Prepared, run: string): Prepared {
  const { record, action } = prepared;
  if (action?.cause.policy === undefined) return { ...prepared, record: { ...record, run } };
  const asked = { ...action, cause: { ...action.cause, run } };
  return { ...prepared, record: { ...record, run, pending: asked }, action: asked };
}

/** Tags that are rolled back are taken from those who pull, as those of a held image are. The hold that follows is the same image's, and counts with it. */
function isNewHold({ action, record }: Prepared, work: JudgeWork): boolean {
  const takes = action?.verb === "hold" || (action?.verb === "retag" && action.purpose === "roll-back");
  return takes && record.hold.kind === "free" && (record.override === undefined || work.hold !== undefined);
}
