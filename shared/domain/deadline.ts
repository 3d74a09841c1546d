import type { KnownSeverity } from "./severity.ts";
import { type Duration, type Instant, printMinute } from "./time.ts";

/** How long something that is in use may go on violating, and what comes then. */
export interface DeadlineTerms {
  readonly deadline: Readonly<Record<KnownSeverity | "knownExploited", Duration>>;
  /** `tell`: it stays free for as long as it may be running. */
  readonly afterwards: "hold" | "tell";
  /** For how long after its push an image is new, so that nobody is expected to run it. */
  readonly newFor: Duration;
}

/** As far as it was known when the image was judged last. */
export interface KnownUse {
  readonly kind: "running" | "pulled" | "unknown";
  /** `east: shop/Deployment/api`; the first of many. */
  readonly workloads: readonly string[];
  /** Whom to tell, where a place says it. */
  readonly owners: readonly string[];
}

/** What a violating image gets that is in use, or may be: time to mend it, where a hold would cut what runs. */
export interface Deadline {
  /** When each enforced reason was first met, by its key. */
  readonly since: Readonly<Record<string, Instant>>;
  readonly until: Instant;
  readonly afterwards: DeadlineTerms["afterwards"];
  readonly use: KnownUse;
  /** It has passed, and the image can be pulled still. */
  readonly isOver: boolean;
}

/** `moved`: it ends at another time. `over`: it has passed, and the image is free still. That it ends otherwise the verdict or the hold tells. */
export type DeadlineState = "opened" | "moved" | "over";

export const DEADLINE_WORDS: Readonly<Record<DeadlineState, string>> = {
  opened: "violates the policy and is not held, as it is or may be in use",
  moved: "its deadline moved",
  over: "its deadline is over, and it can be pulled still",
};

/** `until 2026-11-28 08:00Z, then held; run by east: shop/Deployment/api`. */
export function printDeadline({
  until,
  afterwards,
  use,
}: Pick<Deadline, "until" | "afterwards"> & { readonly use: Pick<KnownUse, "kind" | "workloads"> }): string {
  const then = afterwards === "hold" ? "then held" : "then told again";
  return `until ${printMinute(until)}, ${then}; ${printUse(use)}`;
}

const MOST_SHOWN = 3;

function printUse({ kind, workloads }: Pick<KnownUse, "kind" | "workloads">): string {
  if (kind === "unknown") return "nobody knows whether anything runs it";
  if (kind === "pulled") return "pulled lately";
  const more = workloads.length - MOST_SHOWN;
  return `run by ${workloads.slice(0, MOST_SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
