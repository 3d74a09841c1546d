import type { HoldState, Override } from "../domain/image-record.ts";
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
  readonly capabilities: Pick<Capabilities, "hold" | "deleteManifest">;
  readonly usage: Usage;
  /** Of the policy in force; absent: nothing is deleted. */
  readonly after: Duration | undefined;
  /** Whether the policy had it held, and nobody by hand. */
  readonly isByPolicy: boolean;
  /** Whether the brake's settings protect it. */
  readonly isProtected: boolean;
  /** Whether an index that is held names it. */
  readonly isNeeded: boolean;
  readonly now: Instant;
}

/** `kept`: its time is over, and what is not known, or known to run it, keeps it. */
export type Deletion =
  | { readonly kind: "none"; readonly why: string }
  | { readonly kind: "later"; readonly at: Instant }
  | { readonly kind: "kept"; readonly at: Instant; readonly why: string }
  | { readonly kind: "due"; readonly at: Instant };

/** Whether and when a held image is deleted for ever. Each condition is to be known: nothing is deleted because nobody said otherwise. */
export function deletionOf(doomed: Doomed): Deletion {
  const why = against(doomed);
  if (why !== undefined) return { kind: "none", why };
  const { hold, after, usage, now } = doomed;
  if (hold.kind === "free" || after === undefined) return { kind: "none", why: "it is not held" };
  const at = add(hold.since, after);
  if (now < at) return { kind: "later", at };
  return usage.kind === "not-running" ? { kind: "due", at } : { kind: "kept", at, why: useWords(usage) };
}

function against(doomed: Doomed): string | undefined {
  const { after, hold, capabilities, served, isByPolicy, isProtected, isNeeded } = doomed;
  if (after === undefined) return "the policy deletes nothing";
  if (hold.kind === "free") return "it is not held";
  if (capabilities.hold.mechanism !== "move" || capabilities.deleteManifest === "none") return "nothing can be deleted in its registry";
  if (!isByPolicy) return "it was not held by the policy";
  if (served) return "its repository serves it";
  if (isProtected) return "the brake's settings protect it";
  return isNeeded ? "a held index names it" : notAsked(doomed);
}

/** The policy in force and nobody else has to be against it, for something that is known. */
function notAsked({ verdict, override }: Doomed): string | undefined {
  if (override !== undefined) return `${override.actor.name} has decided about it by hand`;
  if (verdict.mode === "dry-run") return "it is a dry run";
  if (verdict.kind !== "violating") return `it is ${verdict.kind} now`;
  if (verdict.onViolation !== undefined) return "the policy lets it be";
  const isKnown = verdict.reasons.some(({ level, status }) => level === "enforce" && status === "violated");
  return isKnown ? undefined : "nothing that is known is against it";
}

function useWords(usage: Exclude<Usage, { readonly kind: "not-running" }>): string {
  switch (usage.kind) {
    case "running":
      return `${usage.where[0].place} runs it`;
    case "pulled":
      return "it was pulled lately";
    case "unknown":
      return `nobody knows that nothing runs it: ${usage.why}`;
  }
}
