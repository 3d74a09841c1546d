import type { Action, Outcome } from "../domain/action.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { brake } from "./brake.ts";
import { type Attempt, carryOut } from "./carry-out.ts";
import { commitNext } from "./commit.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import type { WorkOutcome } from "./outcome.ts";
import { type Prepared, prepare } from "./prepare.ts";
import type { JudgeWork } from "./work.ts";

export interface StepDone {
  readonly action: Action;
  readonly outcome: Outcome;
}

export type AllCarried =
  /** In the order in which they were done; `record` as it stands after the last. */
  | { readonly kind: "ready"; readonly record: ImageRecord; readonly steps: readonly StepDone[] }
  | { readonly kind: "later"; readonly outcome: WorkOutcome };

/** Mark, roll back, hold; or release, restore, promote. */
const MOST_STEPS = 4;

/**
 * Does the pending action of a record that was just committed, and then what follows from the same verdict: a tag goes back before its image is held, and
 * comes back after it was released. `asked`: who asked for the first asked for all. Each is written down before and after, so a crash between two leaves the rest to the next look.
 */
export async function carryAll(
  deps: GateDeps,
  watched: WatchedRegistry,
  work: JudgeWork,
  first: Prepared,
  attempt: Attempt,
  asked: (prepared: Prepared) => Prepared = (prepared) => prepared,
): Promise<AllCarried> {
  const steps: StepDone[] = [];
  let { record }: { record: ImageRecord } = first;
  for (let next: Prepared | undefined = first; next?.action !== undefined; ) {
    const carried = await carryOut(deps, watched, next.record, next.action, attempt, next.judged.threats);
    if (carried.kind === "later") return carried;
    steps.push({ action: next.action, outcome: carried.outcome });
    record = carried.record;
    if (steps.length === MOST_STEPS || !mayFollow(next.action, carried.outcome)) break;
    const after = await nextStep(deps, watched, work, next, record, attempt, asked);
    if (after === "changed") return { kind: "later", outcome: { kind: "retry", at: attempt.now, why: "the image changed meanwhile" } };
    next = after;
    record = after?.record ?? record;
  }
  return { kind: "ready", record, steps };
}

/** After a hold or a deletion nothing is left to be done; tags that may not be moved keep no image from being held. */
function mayFollow({ verb }: Action, { kind }: Outcome): boolean {
  switch (verb) {
    case "hold":
    case "delete":
      return false;
    case "release":
      return kind === "applied";
    case "retag":
      return kind !== "superseded";
  }
}

/** The same verdict, and what was just done: `undefined` where nothing more follows. */
async function nextStep(
  deps: GateDeps,
  watched: WatchedRegistry,
  work: JudgeWork,
  { judged, action }: Prepared,
  before: ImageRecord,
  { now, signal }: Attempt,
  asked: (prepared: Prepared) => Prepared,
): Promise<Prepared | "changed" | undefined> {
  const record = { ...before, version: before.version + 1, verdict: judged.record.verdict };
  const served = action?.verb === "release" || before.hold.kind === "free";
  const prepared = await prepare(deps, watched, { ...judged, before, record }, ({ record: { override } }) => override, served, now, signal);
  if (prepared === "gone") return "changed";
  const weighed = asked(await brake(deps, work, prepared, now));
  const isNews = weighed.action !== undefined || JSON.stringify(weighed.record.retagged) !== JSON.stringify(before.retagged);
  if (!isNews) return undefined;
  return (await commitNext(deps, weighed)) === "conflict" ? "changed" : weighed;
}
