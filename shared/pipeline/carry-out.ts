import { planned } from "../audit/record.ts";
import type { Action, Before, DeleteAction, MoveAction, Outcome, RetagAction } from "../domain/action.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ThreatFacts } from "../domain/threat.ts";
import { areSameThreats } from "../domain/threat-change.ts";
import type { Instant } from "../domain/time.ts";
import type { Usage } from "../domain/usage.ts";
import { apply, backwards } from "../enforcement/apply.ts";
import { type LastLook, lostSight, notOurs, type Objection, type Sight, secondThought } from "../enforcement/guard.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { commitOutcome, occasion } from "./commit.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { deletionNow } from "./doom.ts";
import { effectiveMode } from "./judge.ts";
import { DONE, retryLater, type WorkOutcome } from "./outcome.ts";
import { isNamedByServed } from "./parts.ts";
import { rejudgeAll } from "./queue-images.ts";
import { rejudgeSharers } from "./sharers.ts";
import { askUsage } from "./usage.ts";
import { whatGoes, withTagsOf } from "./what-goes.ts";
import { type DueWork, judgeWork, present, rejudge } from "./work.ts";

export interface Attempt {
  readonly queuedAt: Instant;
  readonly now: Instant;
  readonly signal?: AbortSignal;
  /** Takes images that lost a tag to this one, to judge them before the work counts as done. Where it is absent they are queued. */
  readonly follow?: (losers: readonly DueWork[]) => void;
}

export type CarriedOut =
  | { readonly kind: "ready"; readonly record: ImageRecord; readonly outcome: Outcome }
  | { readonly kind: "later"; readonly outcome: WorkOutcome };

/**
 * Does the pending action of a record that was just committed, after a last look, and writes down what came of it. `threats`: what the feeds said when
 * it was judged.
 */
export async function carryOut(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord,
  action: Action,
  attempt: Attempt,
  threats?: ThreatFacts,
): Promise<CarriedOut> {
  return deps.locks.run(`repository:${action.image.registry}/${action.image.repository}`, async () => {
    const look = await lastLook(deps, watched, action, threats);
    const against =
      notOurs(action, look) ??
      secondThought(action, look) ??
      lostSight(action, await sightOf(deps, watched, record, action, attempt.signal));
    if (against === undefined) return run(deps, watched, record, action, attempt);
    const now = deps.clock.now();
    if (against.kind === "changed") await deps.queue.put([rejudge(record.key, "event", now, record.run)], now);
    return leave(deps, record, action, against);
  });
}

/**
 * An action that a crash (or a registry's passing fault) left open. It was decided and written down, so it is brought to its end, unless the gate
 * may not act any more or would not decide it now: then what was half done is put back, and the image is judged again.
 */
export async function finishPending(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord,
  action: Action,
  attempt: Attempt,
): Promise<CarriedOut> {
  return deps.locks.run(`repository:${action.image.registry}/${action.image.repository}`, async () => {
    const look = await lastLook(deps, watched, action, undefined);
    const replaced = notOurs(action, look);
    if (replaced !== undefined) return leave(deps, record, action, replaced);
    const mine = await takenUp(deps, record);
    return mine === undefined ? changedMeanwhile(deps) : resume(deps, watched, mine, action, look, attempt);
  });
}

/**
 * Before anything is done. A process that planned the action and has not begun would take what is done here for somebody else's doing, and call the action off:
 * by this its step is one version too late.
 */
async function takenUp({ ledger }: GateDeps, record: ImageRecord): Promise<ImageRecord | undefined> {
  const mine = { ...record, version: record.version + 1 };
  const result = await ledger.commit({ image: mine, intents: [], outcomes: [], journal: [] });
  return result === "conflict" ? undefined : mine;
}

function changedMeanwhile({ clock }: GateDeps): CarriedOut {
  return { kind: "later", outcome: { kind: "retry", at: clock.now(), why: "the image changed meanwhile" } };
}

async function resume(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord,
  action: Action,
  look: LastLook,
  attempt: Attempt,
): Promise<CarriedOut> {
  if (action.verb === "delete") return finishDeletion(deps, watched, record, action, look, attempt);
  const back = backwards(action);
  const against = back === undefined ? undefined : secondThought(action, look);
  if (back === undefined || against === undefined) return run(deps, watched, record, action, attempt);
  const undoing = back.verb === "release" ? { ...back, before: withTagsOf(look.record ?? record, back.before) } : back;
  const { outcome, retry } = await apply(watched.registry, undoing, () => deps.clock.now(), attempt.signal);
  if (outcome.kind === "failed" && retry !== undefined) return later(outcome.why, retry.afterMs, attempt);
  return leave(deps, record, action, against);
}

/**
 * As long as the image lies there nothing is deleted yet, and what nothing takes back is not done for what was known before: the caller judges it anew.
 * Once it is gone, what is left of it goes too.
 */
async function finishDeletion(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord,
  action: DeleteAction,
  { halt }: LastLook,
  attempt: Attempt,
): Promise<CarriedOut> {
  if (await isInQuarantine(watched, action, attempt.signal)) return leave(deps, record, action, NOT_BEGUN);
  // A stopped gate takes nothing more away. It stays open until a sweep finds the gate going.
  return halt.kind === "halted" ? { kind: "later", outcome: DONE } : run(deps, watched, record, action, attempt);
}

const NOT_BEGUN: Objection = { kind: "replaced", why: "it was cut off before anything was deleted: the image is judged again" };

async function isInQuarantine({ registry }: WatchedRegistry, { image }: Action, signal?: AbortSignal): Promise<boolean> {
  const away = registry.heldAt(image);
  return away !== undefined && (await registry.resolve(away, image.digest, signal)) !== undefined;
}

async function lastLook(
  deps: GateDeps,
  watched: WatchedRegistry,
  { image, verb }: Action,
  threats: ThreatFacts | undefined,
): Promise<LastLook> {
  const { registry, mode } = watched;
  const [record, halt] = await Promise.all([deps.ledger.image(image), deps.halts.now()]);
  const isTaken = (verb === "hold" && record?.hold.kind === "free") || (verb === "delete" && record !== undefined);
  const usage = !isTaken ? NOT_ASKED : await askUsage(deps, record, deps.clock.now());
  const { policy } = deps.policy();
  const feeds = threats === undefined ? "unknown" : areSameThreats(threats, deps.threats()) ? "same" : "changed";
  const deletion = verb === "delete" && record !== undefined ? { deletion: await deletionNow(deps, watched, record, usage) } : {};
  return { registry, record, policy: { ...policy.id, mode: effectiveMode(policy.mode, mode) }, feeds, halt, usage, ...deletion };
}

const NOT_ASKED: Usage = { kind: "unknown", why: "nothing is taken away" };

/** What the registry shows of an image that is about to be taken away. */
async function sightOf(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord,
  action: Action,
  signal?: AbortSignal,
): Promise<Sight> {
  const { registry } = watched;
  const { tags, hold } = record;
  // What an index gives back to itself it needs.
  if (action.verb === "release")
    return { isServed: true, moved: [], isNamed: hold.kind === "free" || (await isNamedByServed(deps, action.image)) };
  if (action.verb === "retag") return { isServed: true, moved: [], isNamed: false };
  const { image, before } = action;
  // Those of a held image went with it; where it was pushed again, they may be anywhere.
  const looked = hold.kind === "held" ? [] : tags;
  const [digest, ...pointed] = await Promise.all(
    [image.digest, ...looked].map((reference) => registry.resolve(image.repository, reference, signal)),
  );
  // One that was taken whole comes back for the index that needs it.
  const isComing = action.verb === "hold" && hold.kind === "held" && before.only === "tags";
  const isNamed = await isNamedByServed(deps, image);
  const moved = looked.filter((_, place) => pointed[place] !== image.digest);
  const takesOther = action.verb === "delete" && isOther(before, await whatGoes(deps, watched, record, signal));
  return { isNamed, isServed: isComing || digest !== undefined, moved, takesOther };
}

/** Of two indexes that share a part, and are deleted at the same time, the later takes it along. */
function isOther(planned: Before, now: Before | undefined): boolean {
  const [before, after] = [planned, now].map((each) => [...new Set(each?.manifests.map(({ digest }) => digest))].sort().join());
  return before !== after;
}

function leave(deps: GateDeps, record: ImageRecord, action: Action, { kind, why }: Objection): Promise<CarriedOut> {
  const left: ImageRecord = kind === "halted" ? { ...record, isHalted: true } : record;
  return finish(deps, left, action, { kind: "superseded", at: deps.clock.now(), why });
}

async function run(deps: GateDeps, watched: WatchedRegistry, record: ImageRecord, action: Action, attempt: Attempt): Promise<CarriedOut> {
  const { outcome, retry } = await apply(watched.registry, action, () => deps.clock.now(), attempt.signal);
  if (outcome.kind === "failed" && retry !== undefined && !(await isNotBegun(watched, action, attempt.signal))) {
    await deps.ledger.append([planned(occasion(record, attempt.now), action)]);
    return later(outcome.why, retry.afterMs, attempt);
  }
  if (outcome.kind === "applied" && action.verb === "hold") await rejudgeSharers(deps, action, attempt.now);
  return finish(deps, record, action, outcome);
}

/** A deletion that came to nothing waits for the next sweep, which has all asked again. What the registry does not say may have been done. */
async function isNotBegun(watched: WatchedRegistry, action: Action, signal?: AbortSignal): Promise<boolean> {
  if (action.verb !== "delete") return false;
  try {
    return await isInQuarantine(watched, action, signal);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return false;
  }
}

async function finish(deps: GateDeps, record: ImageRecord, action: Action, outcome: Outcome): Promise<CarriedOut> {
  // Queued before it is written down, so that no crash comes between: the registry shows it already.
  if (outcome.kind === "applied" && action.verb !== "retag" && action.verb !== "delete") await rejudgeIndexes(deps, record, action);
  const committed = await commitOutcome(deps, record, action, outcome, deps.clock.now());
  if (committed.result === "conflict") return changedMeanwhile(deps);
  if (action.verb === "retag" && outcome.kind === "applied") await followTags(deps, committed.record, action);
  return { kind: "ready", record: committed.record, outcome };
}

/** An index that can be pulled misses what a person has held of it whole, or has it back: no event of its own tells. */
async function rejudgeIndexes({ ledger, queue, clock }: GateDeps, { key }: ImageRecord, { before }: MoveAction): Promise<void> {
  if (before.isNamed !== true || before.only === "tags") return;
  const indexes = (await ledger.parents(key)).filter(({ presence, hold }) => presence === "present" && hold.kind === "free");
  const keys = indexes.map((index) => index.key);
  await rejudgeAll({ queue }, keys, clock.now());
}

/** Other images that a tag was given to or taken from: their own pushes are not told. */
async function followTags({ queue, clock }: GateDeps, { key, run }: ImageRecord, { changes }: RetagAction): Promise<void> {
  const now = clock.now();
  const others = changes.flatMap(({ tag, from, to }) => [
    ...(to === "absent" || to === key.digest ? [] : [{ digest: to, tag }]),
    ...(from === "absent" || from === key.digest ? [] : [{ digest: from }]),
  ]);
  const work = others.map((other) => judgeWork({ ...key, ...other, origin: "event", ...present({ run }) }, now));
  if (work.length > 0) await queue.put(work, now);
}

function later(why: string, afterMs: number | undefined, { now }: Attempt): CarriedOut {
  return { kind: "later", outcome: retryLater(why, afterMs, now) };
}
