import type { Action } from "../domain/action.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { PolicyId } from "../domain/verdict.ts";
import type { Registry } from "../ports/registry.ts";

export interface LastLook {
  readonly registry: Registry;
  /** As stored now. */
  readonly record: ImageRecord | undefined;
  /** In force now. */
  readonly policy: PolicyId & { readonly mode: "enforce" | "dry-run" };
}

/**
 * The last look before a registry is changed. @returns why the action must not be done any more, or `undefined`.
 * What a person asked for does not depend on the policy; what the gate decided does.
 */
export function objection(action: Action, { registry, record, policy }: LastLook): string | undefined {
  if (registry.isOwn(action.image.repository)) return "the repository belongs to the gate itself";
  if (record?.pending?.id !== action.id) return "another step has replaced this action";
  if (record.override !== undefined) return undefined;
  if (action.verb === "hold" && policy.mode === "dry-run") return "enforcement was switched to dry-run";
  if (record.verdict?.policy.version !== policy.version) return "the policy changed since the verdict";
  return undefined;
}
