import type { Action } from "../domain/action.ts";
import type { Halt } from "../domain/halt.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { Tag } from "../domain/image-ref.ts";
import type { Usage } from "../domain/usage.ts";
import type { PolicyId, Verdict } from "../domain/verdict.ts";
import type { Registry } from "../ports/registry.ts";
import { backwards } from "./apply.ts";
import type { Deletion } from "./deletion.ts";

/** What is known immediately before an act. */
export interface LastLook {
  readonly registry: Pick<Registry, "isOwn">;
  /** As stored now. */
  readonly record: ImageRecord | undefined;
  /** In force now. */
  readonly policy: PolicyId & { readonly mode: "enforce" | "dry-run" };
  /** Whether the feeds say what they said when the verdict was found; `unknown` where that was before a crash. */
  readonly feeds: "same" | "changed" | "unknown";
  readonly halt: Halt;
  readonly usage: Usage;
  /** Of an image that is about to be deleted for ever, by all that is known now. */
  readonly deletion?: Deletion;
}

/** Whether the registry shows the image as it was judged. */
export interface Sight {
  readonly isServed: boolean;
  /** An index that is known and can be pulled names it. */
  readonly isNamed: boolean;
  /** Tags of the record that point elsewhere by now, or nowhere. */
  readonly moved: readonly Tag[];
  /** Of a deletion: what would go with the image is not what was planned. */
  readonly takesOther?: boolean;
}

/**
 * Why an action must not be done any more. `halted`: nothing speaks against it but that the gate is stopped. `replaced`: it is not this step's to do.
 * `changed`: the image is to be judged again.
 */
export interface Objection {
  readonly kind: "halted" | "replaced" | "changed";
  readonly why: string;
}

/** The action is nothing that may be done, or put back, by this step. */
export function notOurs({ id, image }: Action, { registry, record }: Pick<LastLook, "registry" | "record">): Objection | undefined {
  if (registry.isOwn(image.repository)) return { kind: "replaced", why: "the repository belongs to the gate itself" };
  return record?.pending?.id === id ? undefined : { kind: "replaced", why: "another step has replaced this action" };
}

/**
 * What the gate decided and would not decide now. What a person asked for depends neither on the policy (but for a promotion, which only ever reaches
 * what complies) and what runs, nor, but for what is done to many images, on whether the gate is halted.
 */
export function secondThought(action: Action, look: LastLook): Objection | undefined {
  if (action.verb === "delete" && !isOfGate(action)) return { kind: "replaced", why: "only the policy may have an image deleted for ever" };
  const stopped = isOfGate(action) || isOneOfMany(action) ? haltedNow(look) : undefined;
  if (stopped !== undefined) return stopped;
  if (isOfGate(action)) return switchedOff(action, look) ?? outdated(action, look);
  return action.verb === "retag" && action.purpose === "promote" ? unvouched(action, look) : undefined;
}

/** The same for what the registry shows. It is not asked where an act was begun before, for then it shows what that left. */
export function lostSight(action: Action, sight: Sight): Objection | undefined {
  if (!isOfGate(action)) return undefined;
  if (action.verb === "delete") return neededByOthers(sight);
  const { isServed, moved, isNamed } = sight;
  if (action.verb === "release" && action.cause.isForIndex === true && !isNamed)
    return changed("no index that can be pulled needs it any more");
  if (action.verb !== "hold") return undefined;
  if (isNamed && action.before.only !== "tags") return changed("an index that can be pulled names it by now");
  if (!isServed) return changed("its repository does not serve it any more");
  return moved.length === 0 ? undefined : changed(`tag ${moved.join(", ")} does not point at it any more`);
}

function neededByOthers({ isServed, takesOther }: Sight): Objection | undefined {
  if (isServed) return changed("its repository serves it");
  return takesOther === true ? changed("other images need other parts of it by now") : undefined;
}

/** Decided by the policy and not by a person. */
export function isOfGate({ cause }: Action): boolean {
  return cause.policy !== undefined;
}

/** Of a run that a person began. What an undo gives back is asked for all the more when the gate is halted. */
function isOneOfMany({ cause }: Action): boolean {
  return cause.run !== undefined && cause.undoes === undefined;
}

function haltedNow({ halt }: LastLook): Objection | undefined {
  return halt.kind === "halted" ? { kind: "halted", why: `${halt.by.name} stopped the gate: ${halt.by.reason}` } : undefined;
}

function switchedOff(action: Action, { policy }: LastLook): Objection | undefined {
  return (action.verb === "delete" || backwards(action) !== undefined) && policy.mode === "dry-run"
    ? changed("enforcement was switched to dry-run")
    : undefined;
}

function outdated(action: Action, look: LastLook): Objection | undefined {
  const { record, usage, deletion } = look;
  if (record?.override !== undefined) return changed(`${record.override.actor.name} has decided otherwise`);
  const unsure = unvouched(action, look);
  if (unsure !== undefined) return unsure;
  if (action.verb === "delete") return undeletable(deletion);
  return action.verb === "hold" && usage.kind === "running" && action.cause.despiteUse !== true
    ? changed(`${usage.where[0].place} runs it now`)
    : undefined;
}

/** The verdict that it was planned by is not the one of now. */
function unvouched(action: Action, { record, policy, feeds }: LastLook): Objection | undefined {
  const verdict = record?.verdict;
  if (verdict?.policy.version !== policy.version) return changed("the policy or a waiver changed since the verdict");
  if (feeds === "changed") return changed("what is known of attacks changed since the verdict");
  return asks(action, verdict) ? undefined : changed(`it is ${verdict.kind} now`);
}

/** Each condition of a deletion is asked once more: what nothing takes back is done for what is known now. */
function undeletable(deletion: Deletion | undefined): Objection | undefined {
  switch (deletion?.kind) {
    case "due":
      return undefined;
    case "later":
      return changed("its time has not come");
    case "kept":
    case "none":
      return changed(deletion.why);
    case undefined:
      return changed("nobody knows whether it may be deleted");
  }
}

/** Whether the stored verdict is one that asks for the action. */
function asks(action: Action, { kind, holdsUnknown, onViolation }: Verdict): boolean {
  if (action.cause.isForIndex === true) return true;
  if (action.verb === "release") return kind === "compliant" || (kind === "violating" && onViolation !== undefined);
  if (action.verb === "delete") return kind === "violating" && onViolation === undefined;
  const isAgainst = kind === "violating" || holdsUnknown;
  if (action.verb !== "retag") return isAgainst;
  // Marks also go, and tags come back, where the policy lets a violating image be.
  if (action.purpose === "restore") return true;
  return action.purpose === "promote" ? kind === "compliant" : isAgainst;
}

function changed(why: string): Objection {
  return { kind: "changed", why };
}
