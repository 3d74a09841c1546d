import {
  type Action,
  type ActionCause,
  type ActionVerb,
  type Actor,
  actionId,
  type Before,
  type DeleteAction,
  type MoveAction,
  type ReasonThen,
  type RetagAction,
} from "../domain/action.ts";
import type { Deadline } from "../domain/deadline.ts";
import type { Digest } from "../domain/digest.ts";
import type { ImageRecord, Override, Retagged } from "../domain/image-record.ts";

import { printImageKey } from "../domain/image-ref.ts";
import { earliest, type Instant } from "../domain/time.ts";
import type { Usage } from "../domain/usage.ts";
import { asksForHold } from "../domain/verdict.ts";
import { isNew, type Use } from "../enforcement/deadline.ts";
import { isCoveredBy, plan, type Step } from "../enforcement/plan.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { doomOf, SPARED, withDeletion } from "./doom.ts";
import type { Judged } from "./judge.ts";
import { CHILDREN_BACK, isNamedByServed, isPartOfServed, leavingToIndex, partsTaken, sharedChildren, withItsIndex } from "./parts.ts";
import { planRetag } from "./retag.ts";
import { askUsage } from "./usage.ts";
import { heldBefore, whatGoes, withTagsOf } from "./what-goes.ts";
import { present } from "./work.ts";

/** A judged image with the one action that follows from it, if any: all that a dry run shows, and exactly what is done. */
export interface Prepared {
  readonly judged: Judged;
  /** With the override and, where there is an action, the action pending. */
  readonly record: Judged["record"];
  readonly action: Action | undefined;
  /** What comes next, where tags are moved first. */
  readonly follows?: "hold";
}

/** What a person wants beside the policy; given the verdict, for a release covers the reasons known at that moment. */
export type Wish = (judged: Judged) => Override | undefined;

/** Keeps what was decided by hand before, as long as it still means something. */
export const keepOverride: Wish = ({ record }) => {
  const { override, verdict } = record;
  if (override?.kind !== "release") return override;
  return verdict.kind !== "compliant" && isCoveredBy(override.forReasons, verdict) ? override : undefined;
};

/** `gone`: the image left its repository while it was looked at. */
export async function prepare(
  deps: GateDeps,
  watched: WatchedRegistry,
  judged: Judged,
  wish: Wish,
  served: boolean,
  now: Instant,
  signal?: AbortSignal,
): Promise<Prepared | "gone"> {
  const { override: _, ...rest } = judged.record;
  const { verb, actor, deadline, deletion, override, use, isPart } = await decide(deps, watched, judged, wish, served, now);
  const decided = { ...rest, ...present({ override, cannotBeHeld: isAskedInVain(watched, judged.record, override) }) };
  // Its clock goes on should the hold come to nothing.
  const due = withDeletion(verb === "hold" ? decided : withDeadline(decided, deadline), deletion, now);
  const { next, retagged, tags } = await planRetag(deps, watched, { judged, record: due, served, now }, signal);
  const record = withTags({ ...due, tags }, retagged);
  const retag = verb === "release" ? undefined : next;
  if (retag !== undefined) {
    const begun = begin(judged, record, nextRetag(record, { ...retag, actor, plannedAt: now }));
    return verb === "hold" ? { ...begun, follows: verb } : begun;
  }
  if (verb === "none") return { judged, record, action: undefined, ...(await partsBack(deps, watched, judged, record, now, signal)) };
  if (verb === "delete") return beginDeletion(deps, watched, judged, record, actor, now, signal);
  const before = verb === "hold" ? await surveyed(deps, watched, record, signal) : await toPutBack(deps, record);
  if (before === undefined) return "gone";
  // What a hold finds right before it, told of or not, is its to put back.
  const after = verb === "hold" ? { ...record, tags: before.tags.toSorted() } : record;
  const action = nextMove(after, { verb, actor, plannedAt: now, before }, isInUse(record, use));
  return begin(judged, after, isPart ? forIndex(action) : action);
}

/** An index that stays as it is may miss children that another's hold took along. */
async function partsBack(
  deps: GateDeps,
  watched: WatchedRegistry,
  judged: Judged,
  record: Judged["record"],
  plannedAt: Instant,
  signal?: AbortSignal,
): Promise<Prepared | undefined> {
  const before = await partsTaken(deps, watched, judged, signal);
  if (before === undefined) return undefined;
  return begin(judged, record, forIndex(nextMove(record, { verb: "release", actor: CHILDREN_BACK, plannedAt, before })));
}

/** A person's hold is done all the same, and says how little it is. */
function isAskedInVain(
  { registry }: WatchedRegistry,
  { verdict, hold }: Judged["record"],
  override: Override | undefined,
): true | undefined {
  const isAsked = override === undefined && hold.kind === "free" && verdict.mode === "enforce" && asksForHold(verdict);
  return isAsked && registry.capabilities.hold.mechanism === "none" ? true : undefined;
}

function forIndex(action: MoveAction): MoveAction {
  return { ...action, cause: { ...action.cause, isForIndex: true } };
}

/** Where what the hold moved is not known any more, nothing is deleted. */
async function beginDeletion(
  deps: GateDeps,
  watched: WatchedRegistry,
  judged: Judged,
  record: Judged["record"],
  asked: Actor,
  plannedAt: Instant,
  signal?: AbortSignal,
): Promise<Prepared> {
  const before = await whatGoes(deps, watched, record, signal);
  if (before === undefined) return { judged, record, action: undefined };
  const actor = { ...asked, reason: `held long enough: ${asked.reason}` };
  const action: DeleteAction = { ...numbered(record, "delete"), verb: "delete", cause: causeOf(record, false), actor, plannedAt, before };
  return begin(judged, record, action);
}

function begin(judged: Judged, record: Judged["record"], action: Action): Prepared {
  return { judged, record: { ...record, generation: action.generation, pending: action }, action };
}

/** The action that follows the last one of a judged image. `despiteUse`: something runs it, or may, and it is taken away all the same. */
export function nextMove(
  record: Judged["record"],
  what: Pick<MoveAction, "verb" | "actor" | "plannedAt" | "before">,
  despiteUse = false,
): MoveAction {
  return { ...numbered(record, what.verb), cause: causeOf(record, despiteUse), ...what };
}

function nextRetag(record: Judged["record"], what: Pick<RetagAction, "actor" | "plannedAt" | "purpose" | "changes">): RetagAction {
  return { ...numbered(record, "retag"), verb: "retag", cause: causeOf(record, false), ...what };
}

function numbered(record: Judged["record"], verb: ActionVerb): Pick<Action, "id" | "image" | "generation"> {
  const generation = record.generation + 1;
  return { id: actionId(verb, printImageKey(record.key), generation), image: record.key, generation };
}

function withTags(record: Judged["record"], retagged: Retagged | undefined): Judged["record"] {
  const { retagged: _, ...rest } = record;
  return { ...rest, ...present({ retagged }) };
}

/** What follows from a verdict, before the registry is asked anything for it: all that a plan for many images has to know. */
export async function decide(
  deps: GateDeps,
  watched: WatchedRegistry,
  judged: Judged,
  wish: Wish,
  served: boolean,
  now: Instant,
): Promise<Step & { readonly override: Override | undefined; readonly use: Use; readonly isPart: boolean }> {
  const { verdict, hold } = judged.record;
  const override = wish(judged);
  const use = await useOf(deps, judged, override, now);
  const isPart = override === undefined && (await isPartOfServed(deps, judged.record));
  const { capabilities } = watched.registry;
  const doom = override === undefined && !isPart ? await doomOf(deps, judged.record) : SPARED;
  const step = isPart ? withItsIndex(hold) : plan({ verdict, hold, override, served, capabilities, use, doom, now });
  return { ...step, override, use, isPart };
}

/** Of what complies nobody has to be asked, nor of what can be pulled and stays so. */
async function useOf(deps: GateDeps, { record, threats }: Judged, override: Override | undefined, now: Instant): Promise<Use> {
  const { verdict, hold } = record;
  const terms = deps.policy().policy.enforcement.inUse;
  const isLet = verdict.kind === "compliant" || (hold.kind === "free" && override === undefined && !asksForHold(verdict));
  const usage = isLet ? NOT_ASKED : await askUsage(deps, record, now);
  return { usage, isNew: isNew(record, terms, now), terms, threats, before: record.deadline };
}

const NOT_ASKED: Usage = { kind: "unknown", why: "nothing is taken away" };

/** It is judged again when its time is over. */
function withDeadline(record: Judged["record"], deadline: Deadline | undefined): Judged["record"] {
  const { deadline: _, ...rest } = record;
  if (deadline === undefined) return rest;
  const { verdict } = record;
  const recheckAt = earliest([verdict.recheckAt, deadline.isOver ? undefined : deadline.until]);
  return { ...rest, deadline, verdict: { ...verdict, ...present({ recheckAt }) } };
}

/** What a hold would move now, and what an earlier hold of it has moved. `undefined`: it is not there. */
export async function surveyed(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: Judged["record"],
  signal?: AbortSignal,
): Promise<Before | undefined> {
  const found = await watched.registry.survey(record.key, await sharedChildren(deps, record), signal);
  const isNamed = await isNamedByServed(deps, record.key);
  const earlier = record.hold.kind === "free" ? undefined : await toPutBack(deps, record);
  // Taken whole, and an index has come to be served that needs it.
  if (found === undefined && earlier !== undefined && isNamed)
    return { ...leavingToIndex(earlier, record, isNamed), manifests: earlier.manifests };
  if (found === undefined) return undefined;
  const before: Before = { ...leavingToIndex(found, record, isNamed), reasons: reasonsNow(record) };
  // Pushed again while held: what the first hold took away has to come back as well, one day.
  return earlier === undefined ? before : joinBefore(earlier, before);
}

function reasonsNow({ verdict }: Judged["record"]): readonly ReasonThen[] {
  const enforced = verdict.reasons.filter((reason) => reason.level === "enforce");
  return enforced.map(({ key, ruleId, message, place }) => ({ key, ruleId, message, place }));
}

/** What a person decided is the person's also where the gate does it once more. */
function causeOf({ override, verdict }: Judged["record"], despiteUse: boolean): ActionCause {
  if (override !== undefined) return {};
  return { policy: verdict.policy.version, ...(despiteUse ? { despiteUse } : {}) };
}

function isInUse({ verdict, hold }: Judged["record"], { usage, isNew: isUnheardOf }: Use): boolean {
  if (verdict.kind === "compliant" || hold.kind === "held") return false;
  return usage.kind === "running" || (usage.kind !== "not-running" && !isUnheardOf);
}

function joinBefore(earlier: Before, now: Before): Before {
  const digests = new Set(now.manifests.map((manifest) => manifest.digest));
  return {
    ...now,
    tags: [...new Set([...earlier.tags, ...now.tags])],
    manifests: [
      ...now.manifests.map((manifest) => ({ ...manifest, tags: [...new Set([...manifest.tags, ...tagsOf(earlier, manifest.digest)])] })),
      ...earlier.manifests.filter((manifest) => !digests.has(manifest.digest)),
    ],
  };
}

function tagsOf(before: Before, digest: Digest): Before["tags"] {
  return before.manifests.find((manifest) => manifest.digest === digest)?.tags ?? [];
}

async function toPutBack(deps: GateDeps, record: ImageRecord): Promise<Before | undefined> {
  const before = await heldBefore(deps, record);
  return before === undefined ? undefined : withTagsOf(record, before);
}

/** The same step with nothing done, and why not on the record. */
export function without({ judged, record }: Prepared, mark: "isBraked" | "isHalted"): Prepared {
  const { pending: _, ...rest } = record;
  const { deadline, generation } = judged.record;
  return { judged, record: { ...rest, ...present({ deadline }), generation, [mark]: true }, action: undefined };
}
