import type { Action } from "../domain/action.ts";
import type { Halt } from "../domain/halt.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { PolicyId } from "../domain/verdict.ts";
import type { Registry } from "../ports/registry.ts";

export interface LastLook {
  readonly registry: Pick<Registry, "isOwn">;
  /** As stored now. */
  readonly record: ImageRecord | undefined;
  /** In force now. */
  readonly policy: PolicyId & { readonly mode: "enforce" | "dry-run" };
  readonly halt: Halt;
}

/** Why an action must not be done any more. `halted`: nothing speaks against it but that the gate is stopped. */
export interface Objection {
  readonly kind: "halted" | "changed";
  readonly why: string;
}

/**
 * The last look before a registry is changed. What a person asked for does not depend on the policy, nor on whether the gate is halted; what the
 * gate decided does.
 */
export function objection(action: Action, look: LastLook): Objection | undefined {
  return notOurs(action, look) ?? secondThought(action, look);
}

/** The action is nothing that may be done, or undone, by this step. */
export function notOurs({ id, image }: Action, { registry, record }: LastLook): Objection | undefined {
  if (registry.isOwn(image.repository)) return changed("the repository belongs to the gate itself");
  return record?.pending?.id === id ? undefined : changed("another step has replaced this action");
}

/** What the gate decided and would not decide now. */
export function secondThought(action: Action, look: LastLook): Objection | undefined {
  return isOfGate(action) ? (switchedOff(action, look) ?? outdated(look)) : undefined;
}

/** Decided by the policy and not by a person. */
export function isOfGate({ cause }: Action): boolean {
  return cause.policy !== undefined;
}

/** Whether the gate may act at all. An act that gives back is let through in a dry run, for it was begun before. */
function switchedOff({ verb }: Action, { policy, halt }: Pick<LastLook, "policy" | "halt">): Objection | undefined {
  if (halt.kind === "halted") return { kind: "halted", why: `${halt.by.name} stopped the gate: ${halt.by.reason}` };
  if (verb !== "release" && policy.mode === "dry-run") return changed("enforcement was switched to dry-run");
  return undefined;
}

function outdated({ record, policy }: LastLook): Objection | undefined {
  return record?.verdict?.policy.version === policy.version ? undefined : changed("the policy changed since the verdict");
}

function changed(why: string): Objection {
  return { kind: "changed", why };
}
