import {
  type Action,
  type Actor,
  type MoveAction,
  type MoveVerb,
  type RetagAction,
  type RetagPurpose,
  reversed,
  type TagChange,
} from "../domain/action.ts";
import type { ImageRecord, StoredAction } from "../domain/image-record.ts";
import { type ImageKey, printImageKey, type Tag } from "../domain/image-ref.ts";
import { printInstant } from "../domain/time.ts";
import type { LeftAction, LeftCode, UndoStep } from "../domain/undo.ts";

/** All that is known of an image that an undo concerns. */
export interface ImageHistory {
  readonly image: ImageKey;
  readonly record: ImageRecord | undefined;
  /** All of its actions, newest first. */
  readonly actions: readonly StoredAction[];
}

export interface PlannedUndo {
  readonly steps: readonly UndoStep[];
  readonly left: readonly LeftAction[];
}

const INVERSE: Readonly<Record<MoveVerb, MoveVerb>> = { hold: "release", release: "hold" };

/**
 * What taking back the selected actions means, from memory alone. Of each image the newest actions go, back to the first that is not selected: what
 * came before that was changed since by something that nobody asked to take back. `histories`: those changed last come first.
 */
export function planUndo(histories: readonly ImageHistory[], selected: ReadonlySet<string>): PlannedUndo {
  const planned = histories.map((history) => planImage(history, selected));
  const placed = planned.flatMap(({ steps, children }) => steps.map((step) => ({ step, children })));
  return { steps: withTagsTaken(inSafeOrder(placed)), left: planned.flatMap(({ left }) => left) };
}

interface Sorted {
  /** Selected, done, and after everything that is not selected; newest first. */
  readonly suffix: readonly StoredAction[];
  readonly left: readonly LeftAction[];
}

function planImage(history: ImageHistory, selected: ReadonlySet<string>): PlannedUndo & Pick<ImageRecord, "children"> {
  const { suffix, left } = sortActions(history, selected);
  const moved = movesBack(history, suffix);
  const retags = suffix.filter(({ action }) => action.verb === "retag");
  const hold = moved.steps.some(({ verb }) => verb === "release") ? undefined : history.record?.hold;
  const bound = hold?.kind === "held" ? retags.map(({ action }) => leave(action, "changed-since", tagsHeld(hold))) : [];
  const retagged = bound.length > 0 ? [] : retags.flatMap((stored) => tagsBack(history, stored));
  const steps = [...moved.steps.map((step) => withoutTags(step, retagged)), ...retagged];
  return { steps, left: [...left, ...moved.left, ...bound], children: history.record?.children ?? [] };
}

/** What the steps after a release put back is theirs to tell of. */
function withoutTags(step: UndoStep, retagged: readonly UndoStep[]): UndoStep {
  const changes = retagged.flatMap((each) => (each.verb === "retag" ? each.changes : []));
  return { ...step, tags: step.tags.filter((tag) => !changes.some((each) => each.tag === tag && each.to === step.image.digest)) };
}

/** Also of a tag that was rolled back after the hold, for it had gone with the image. */
function tagsHeld({ actionId }: { readonly actionId: string }): string {
  return `the image is held, and no tag can be put back on it: undo that first (${actionId})`;
}

/** Holds and releases together are one step, or none where they cancel each other. */
function movesBack(history: ImageHistory, suffix: readonly StoredAction[]): PlannedUndo {
  const { record, image, actions } = history;
  const moves = suffix.map(({ action }) => action).filter(isMove);
  const [newest] = moves;
  const oldest = moves.at(-1);
  if (newest === undefined || oldest === undefined) return { steps: [], left: [] };
  const verb = INVERSE[oldest.verb];
  const refusal = refusalOf(record, newest, verb);
  if (record === undefined || refusal !== undefined) {
    const [code, why] = refusal ?? GONE;
    return { steps: [], left: moves.map((action) => leave(action, code, why)) };
  }
  const tags = [...new Set([...record.tags, ...(verb === "release" ? newest.before.tags : [])])];
  const takesBack = moves.map(({ id }) => id);
  return { steps: [{ image, tags, verb, takesBack, last: lastOf(actions), notes: heldTwice(history, oldest) }], left: [] };
}

/** Tags that the action did not move need not come back. */
function tagsBack({ record, image, actions }: ImageHistory, { action, outcome }: StoredAction): readonly UndoStep[] {
  if (action.verb !== "retag" || outcome?.kind !== "applied") return [];
  const changes = reversed(action.changes.filter(({ tag }) => outcome.tags?.includes(tag) !== false).map((each) => asItWas(action, each)));
  const tags = record?.tags ?? [];
  const purpose = purposeBack(action, changes, actions);
  return [{ image, tags, verb: "retag", changes, purpose, takesBack: [action.id], last: lastOf(actions), notes: [] }];
}

/** A tag that was rolled back and pointed at nothing had gone with its held image. */
function asItWas({ purpose, image }: RetagAction, change: TagChange): TagChange {
  const wasHeld = purpose === "roll-back" && change.from === "absent" && change.to !== image.digest;
  return wasHeld ? { ...change, from: image.digest } : change;
}

/** Tags that were put back are marked and rolled back again, so that the next release puts them back too. */
function purposeBack(
  { purpose, cause, image }: RetagAction,
  changes: readonly TagChange[],
  actions: readonly StoredAction[],
): RetagPurpose {
  if (purpose !== "restore") return "restore";
  const original = actions.find(({ action }) => action.id === cause.undoes?.[0])?.action;
  if (original?.verb === "retag") return original.purpose;
  return changes.some(({ from, to }) => from === image.digest && to !== "absent") ? "roll-back" : "mark";
}

function lastOf([newest]: readonly StoredAction[]): string {
  return newest?.action.id ?? "none";
}

/** What came before the newest action that stays, or that is still being done, is out of reach. */
function sortActions({ actions }: ImageHistory, selected: ReadonlySet<string>): Sorted {
  const isSelected = ({ action }: StoredAction): boolean => selected.has(action.id);
  const blocking = actions.findIndex(
    (stored) => stored.outcome === undefined || (isDone(stored) && !(isSelected(stored) && isTakenBack(stored))),
  );
  const reach = blocking < 0 ? actions : actions.slice(0, blocking);
  const behind = actions.slice(reach.length).filter(isSelected);
  const left = [
    ...reach.filter((stored) => isSelected(stored) && !isDone(stored)).map(undoneBefore),
    ...behind.map((stored) => leftBehind(stored, actions[blocking] ?? stored)),
  ];
  return { suffix: reach.filter((stored) => isSelected(stored) && isDone(stored)), left };
}

/** What was deleted for ever is out of reach, and so is what came before. */
function isTakenBack({ action }: StoredAction): boolean {
  return action.verb !== "delete";
}

function isDone({ outcome }: StoredAction): boolean {
  return outcome?.kind === "applied";
}

function undoneBefore({ action, outcome }: StoredAction): LeftAction {
  return leave(action, "nothing-done", `it ended as ${outcome?.kind ?? "unknown"}: nothing was changed`);
}

function leftBehind(stored: StoredAction, blocker: StoredAction): LeftAction {
  const { action } = stored;
  const { action: later, outcome } = blocker;
  if (stored.outcome === undefined) return leave(action, "under-way", "it is not finished yet");
  if (!isDone(stored)) return undoneBefore(stored);
  if (outcome === undefined) return leave(action, "under-way", `a later action is not finished yet: ${later.id}`);
  if (later.verb === "delete")
    return leave(action, "deleted", `the image was deleted for ever at ${printInstant(outcome.at)} (${later.id}): nothing brings it back`);
  if (later.cause.undoes?.includes(action.id) === true || isInverse(action, later))
    return leave(action, "taken-back", `${later.actor.name} took it back already, with ${later.id}`);
  return leave(action, "changed-since", `a later action of ${later.actor.name} changed this image: undo that first (${later.id})`);
}

function isMove(action: Action): action is MoveAction {
  return action.verb === "hold" || action.verb === "release";
}

function isInverse(action: Action, later: Action): boolean {
  return isMove(action) && later.verb === INVERSE[action.verb];
}

function leave(action: Action, code: LeftCode, why: string): LeftAction {
  return { action: action.id, image: action.image, code, why };
}

const GONE = ["image-gone", "the registry no longer has the image, and the gate did not take it"] as const;

/** Why the image is not brought back to what it was; `newest`: the last of what would be taken back. */
export function refusalOf(
  record: ImageRecord | undefined,
  newest: Pick<Action, "actor">,
  verb: MoveVerb,
): readonly [LeftCode, string] | undefined {
  if (record === undefined || record.presence === "gone") return GONE;
  if (record.pending !== undefined) return ["under-way", `a ${record.pending.verb} of the image is not finished yet`];
  const isHeld = record.hold.kind === "held";
  if (isHeld === (verb === "hold")) return ["as-before", `the image is ${isHeld ? "held" : "free"}, as it was before`];
  const { override } = record;
  if (override !== undefined && override.kind !== verb && !isSame(override.actor, newest.actor)) {
    const word = override.kind === "hold" ? "held" : "released";
    return [
      "decided-since",
      `${override.actor.name} ${word} it by hand since ("${override.actor.reason}"): that stands until it is changed by hand`,
    ];
  }
  return undefined;
}

function isSame(one: Actor, other: Actor): boolean {
  return one.name === other.name && one.reason === other.reason;
}

/** An image that was pushed again while it was held is held twice, and one release ends both. */
function heldTwice({ actions }: ImageHistory, oldest: Action): readonly string[] {
  if (oldest.verb !== "hold") return [];
  const older = actions.slice(actions.findIndex(({ action }) => action.id === oldest.id) + 1);
  const before = older.find(({ outcome }) => outcome?.kind === "applied");
  return before?.action.verb === "hold" ? [`it was held before that too: this takes back ${before.action.id} as well`] : [];
}

interface Placed {
  readonly step: UndoStep;
  readonly children: ImageRecord["children"];
}

/**
 * Releases first, children before the indexes that name them, so that no index is served that misses a child; then tags, for what they point at has to be
 * there; then holds, indexes before their children. Among those that need no order the order is kept.
 */
function inSafeOrder(placed: readonly Placed[]): readonly UndoStep[] {
  const releases = placed.filter(({ step }) => step.verb === "release");
  const tags = placed.filter(({ step }) => step.verb === "retag");
  const holds = placed.filter(({ step }) => step.verb === "hold");
  return [...childrenFirst(releases), ...tags.map(({ step }) => step), ...childrenFirst(holds.toReversed()).toReversed()];
}

function childrenFirst(placed: readonly Placed[]): readonly UndoStep[] {
  const byKey = new Map(placed.map((each) => [printImageKey(each.step.image), each]));
  const ordered = new Set<UndoStep>();
  const entered = new Set<Placed>();
  // Depth is bounded by the nesting of indexes, which is when they are judged; a circle, which no honest digest can make, ends at what was entered.
  const visit = (each: Placed): void => {
    if (entered.has(each)) return;
    entered.add(each);
    for (const digest of each.children) {
      const child = byKey.get(printImageKey({ ...each.step.image, digest }));
      if (child !== undefined) visit(child);
    }
    ordered.add(each.step);
  };
  for (const each of placed) visit(each);
  return [...ordered];
}

/** Of several images that had one tag in turn, only the last gets it back. */
function withTagsTaken(steps: readonly UndoStep[]): readonly UndoStep[] {
  const takers = new Map<string, UndoStep>();
  return steps.map((step) => {
    if (step.verb !== "release") return step;
    const { registry, repository } = step.image;
    const lost = step.tags.flatMap((tag) => {
      const name = `${registry}/${repository}:${tag}`;
      const taker = takers.get(name);
      if (taker === undefined) takers.set(name, step);
      return taker === undefined ? [] : [tagLost(tag, taker.image.digest)];
    });
    return { ...step, notes: [...step.notes, ...lost] };
  });
}

/** Said of a tag that a release will not put back. */
export function tagLost(tag: Tag, to: string): string {
  return `tag ${tag} will not come back: it belongs to ${to} now`;
}
