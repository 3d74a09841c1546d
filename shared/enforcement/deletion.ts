import type { HoldState, KeptBy, Override } from "../domain/image-record.ts";
import { add, type Duration, type Instant } from "../domain/time.ts";
import type { Usage } from "../domain/usage.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { Capabilities } from "../ports/registry.ts";

/** All that is asked before a held image is deleted for ever. */
export interface Doomed {
  readonly verdict: Verdict;
  readonly hold: HoldState;
  readonly override: Override | undefined;
  /** Whether its own repository serves it now. */
  readonly served: boolean;
  readonly capabilities: Pick<Capabilities, "deleteManifest">;
  readonly usage: Usage;
  /** Of the policy in force; absent: nothing is deleted. */
  readonly after: Duration | undefined;
  /** Whether the policy had it held, and nobody by hand. */
  readonly isByPolicy: boolean;
  /** Whether the brake's settings protect it. */
  readonly isProtected: boolean;
  /** Whether another image that is there, held or not, names it as its child. */
  readonly isNeeded: boolean;
  readonly now: Instant;
}

/** `kept`: it is one of those that are deleted, and something that may be over one day keeps it. */
export type Deletion =
  | { readonly kind: "none"; readonly why: string }
  | { readonly kind: "later"; readonly at: Instant }
  | { readonly kind: "kept"; readonly at: Instant; readonly by: KeptBy; readonly why: string }
  | { readonly kind: "due"; readonly at: Instant };

type Kept = Pick<Extract<Deletion, { readonly kind: "kept" }>, "by" | "why">;

/** Whether and when a held image is deleted for ever. Each condition is to be known: nothing is deleted because nobody said otherwise. */
export function deletionOf(doomed: Doomed): Deletion {
  const { hold, after, usage, now } = doomed;
  if (after === undefined) return { kind: "none", why: "the policy deletes nothing" };
  if (hold.kind === "free") return { kind: "none", why: "it is not held" };
  const why = against(doomed) ?? notAsked(doomed);
  if (why !== undefined) return { kind: "none", why };
  const at = add(hold.since, after);
  const kept = keptNow(doomed);
  if (kept !== undefined) return { kind: "kept", at, ...kept };
  if (now < at) return { kind: "later", at };
  return usage.kind === "not-running" ? { kind: "due", at } : { kind: "kept", at, ...inUse(usage) };
}

function against({ capabilities, served, isByPolicy, hold }: Doomed): string | undefined {
  if (capabilities.deleteManifest === "none") return "nothing can be deleted in its registry";
  if (!isByPolicy) return "it was not held by the policy";
  return served || (hold.kind === "held" && hold.only === "tags") ? "its repository serves it" : undefined;
}

/** The policy in force and nobody else has to be against it. */
function notAsked({ verdict, override }: Doomed): string | undefined {
  if (override !== undefined) return `${override.actor.name} has decided about it by hand`;
  if (verdict.mode === "dry-run") return "it is a dry run";
  if (verdict.kind === "compliant") return "it is compliant now";
  return verdict.kind === "violating" && verdict.onViolation !== undefined ? "the policy lets it be" : undefined;
}

function keptNow({ verdict, isProtected, isNeeded }: Doomed): Kept | undefined {
  if (isProtected) return { by: "protected", why: "the brake's settings protect it" };
  if (isNeeded) return { by: "named", why: "an index that is there names it" };
  if (verdict.kind !== "violating") return { by: "verdict", why: `its verdict is ${verdict.kind}` };
  const isKnown = verdict.reasons.some(({ level, status }) => level === "enforce" && status === "violated");
  return isKnown ? undefined : { by: "verdict", why: "nothing that is known speaks against it" };
}

function inUse(usage: Exclude<Usage, { readonly kind: "not-running" }>): Kept {
  switch (usage.kind) {
    case "running":
      return { by: "running", why: `${usage.where[0].place} runs it` };
    case "pulled":
      return { by: "pulled", why: "it was pulled lately" };
    case "unknown":
      return { by: "use-unknown", why: `nobody knows that nothing runs it: ${usage.why}` };
  }
}
