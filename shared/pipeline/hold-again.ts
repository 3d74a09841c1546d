import type { ImageRecord } from "../domain/image-record.ts";
import { asksForHold, type Verdict } from "../domain/verdict.ts";
import { type Attempt, carryOut } from "./carry-out.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { effectiveMode } from "./judge.ts";
import { retryLater, type WorkOutcome } from "./outcome.ts";
import { isPartOfServed } from "./parts.ts";
import { nextMove, surveyed } from "./prepare.ts";
import { takeOver } from "./tags.ts";
import type { JudgeWork } from "./work.ts";

export type HeldAgain =
  | { readonly kind: "ready"; readonly record: ImageRecord | undefined }
  | { readonly kind: "later"; readonly outcome: WorkOutcome };

/**
 * A held image that its repository serves was pushed again. What it was held for still stands, so it is held again at once and judged afterwards:
 * gathering evidence takes long, and until then it could be pulled.
 */
export async function holdAgain(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord | undefined,
  { origin }: JudgeWork,
  attempt: Attempt,
): Promise<HeldAgain> {
  if (record === undefined || origin === "operator" || !isBackAtAll(watched) || !standsHeld(deps, watched, record))
    return { kind: "ready", record };
  if (record.override === undefined && (await deps.halts.now()).kind === "halted") return { kind: "ready", record };
  if (await isBroughtBack(deps, record)) return { kind: "ready", record };
  const { key } = record;
  if ((await watched.registry.resolve(key.repository, key.digest, attempt.signal)) === undefined) return { kind: "ready", record };
  const earlier = await deps.ledger.action(record.hold.actionId);
  const before = await surveyed(deps, watched, record, attempt.signal);
  if (before === undefined || earlier === undefined) return { kind: "ready", record };
  const { actor } = earlier.action;
  const action = nextMove(record, { verb: "hold", actor, plannedAt: attempt.now, before });
  const intended = { ...record, version: record.version + 1, tags: before.tags.toSorted(), generation: action.generation, pending: action };
  await takeOver(deps, record, intended);
  const committed = await deps.ledger.commit({ image: intended, intents: [action], outcomes: [], journal: [] });
  if (committed === "conflict") return { kind: "later", outcome: retryLater("the image changed meanwhile", undefined, attempt.now) };
  return carryOut(deps, watched, intended, action, attempt);
}

/** An index that is served brought it back, and it is judged with that. */
async function isBroughtBack(deps: GateDeps, record: ImageRecord): Promise<boolean> {
  return record.override === undefined && isPartOfServed(deps, record);
}

/** Where only tags are taken, or nothing, the digest is served all the time. */
function isBackAtAll({ registry }: WatchedRegistry): boolean {
  const { mechanism } = registry.capabilities.hold;
  return mechanism === "move" || mechanism === "native-block";
}

type HeldRecord = ImageRecord & { readonly verdict: Verdict; readonly hold: Extract<ImageRecord["hold"], { readonly kind: "held" }> };

/** Whether what it was held for would have it held now: a person's word, or a verdict of the policy in force. */
function standsHeld(deps: GateDeps, watched: WatchedRegistry, record: ImageRecord): record is HeldRecord {
  const { hold, verdict, override } = record;
  // The digest of what was left to an index is there all the time: it is judged whether one of its tags is back, or the index gone.
  if (hold.kind === "free" || hold.only === "tags" || verdict === undefined) return false;
  if (override !== undefined) return override.kind === "hold";
  const { policy } = deps.policy();
  return asksForHold(verdict) && verdict.policy.version === policy.id.version && effectiveMode(policy.mode, watched.mode) === "enforce";
}
