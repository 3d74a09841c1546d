import type { Digest } from "./digest.ts";
import type { Severity } from "./severity.ts";
import type { Instant } from "./time.ts";

export type Level = "enforce" | "warn" | "audit";
export type Mode = "enforce" | "dry-run";

/** `violated`: the rule's facts are known and against it. `unknown`: its evidence is missing. */
export type ReasonStatus = "violated" | "unknown";

/** One rule that speaks against an image, with its facts. */
export interface Reason {
  /** Stable over time for the same rule and fact: identifies a transition. */
  readonly key: string;
  readonly ruleId: string;
  /** Kind of rule, for example `severity-threshold`. */
  readonly rule: string;
  readonly level: Level;
  readonly status: ReasonStatus;
  /** One sentence: rule, fact, threshold, evidence and its age. */
  readonly message: string;
  /** What a person can do; "no fix is published" where nothing can be done. */
  readonly remedy: string;
  /** `policy.yaml:18`. */
  readonly place: string;
  readonly severity: Severity;
  /** The child that it concerns, where an index was judged. */
  readonly child?: Digest;
  /** From when on the rule is enforced; until then it has the level warn. */
  readonly enforceFrom?: Instant;
  /** Why the rule is for this image; absent where it is for every image. */
  readonly because?: string;
  /** What a waiver would name. Absent: the fact is about no package. */
  readonly concerns?: Concern;
}

/** The vulnerability and package that a reason is about. */
export interface Concern {
  /** Ids that a waiver has to name, one for each scanner's finding; empty where it is no vulnerability. */
  readonly vulnerabilities: readonly string[];
  readonly package: string;
  readonly versions: readonly string[];
}

/** A reason that somebody decided to live with. It is shown, and does not count. */
export interface WaivedReason extends Reason {
  readonly waiver: {
    readonly id: string;
    readonly owner: string;
    readonly reason: string;
    readonly ticket?: string;
    readonly approvedBy: string;
    /** When it ends for this severity; not after what is written. */
    readonly endsAt: Instant;
    readonly isEnding: boolean;
    /** `waivers.yaml:7`. */
    readonly place: string;
  };
}

/** Why a waiver does not count although its scope fits. */
export type VoidCode =
  | "expired"
  | "not-yet"
  | "fix-appeared"
  | "known-exploited"
  | "severity-rose"
  | "severity-missing"
  | "package-changed"
  | "second-approval-missing";

export interface VoidWaiver {
  readonly id: string;
  readonly code: VoidCode;
  readonly why: string;
  readonly place: string;
  /** Key of the reason that it would have waived. */
  readonly reason: string;
}

/** A rule that is for the image and asked nothing of it. */
export interface NotAsked {
  readonly ruleId: string;
  readonly why: string;
  /** `policy.yaml:18`. */
  readonly place: string;
}

/** A finding that stands in a report, and a statement that it does not count. */
export interface Closure {
  readonly id: string;
  readonly package: string;
  readonly severity: Severity;
  readonly kind: "not-affected" | "fixed" | "suppressed" | "withdrawn";
  /** Author, trusted key, scanner or feed that says so. */
  readonly by: string;
  /** Justification as it was given. */
  readonly why?: string;
  /** Where the statement lies. */
  readonly place?: string;
  readonly child?: Digest;
}

export interface PolicyId {
  readonly name: string;
  /** First 12 hex digits of the SHA-256 of the policy's bytes. */
  readonly version: string;
}

export type VerdictKind = "compliant" | "violating" | "indeterminate";

export interface Verdict {
  readonly kind: VerdictKind;
  readonly reasons: readonly Reason[];
  readonly policy: PolicyId;
  readonly mode: Mode;
  readonly judgedAt: Instant;
  /** Whether an unknown reason asks for a hold (`whenUnknown: hold`): fails closed, reversibly. */
  readonly holdsUnknown: boolean;
  /** What becomes of it while it violates, where that is not a hold: a tag beside it says so, or nothing does. */
  readonly onViolation?: "mark" | "warn";
  /** Ids of the rules that were for the image. An empty list: compliant because nothing was asked of it, which is told apart from having passed. */
  readonly appliedRules?: readonly string[];
  /** Those of them that asked nothing of it, and why. */
  readonly notAsked?: readonly NotAsked[];
  /** Reasons that waivers cover: they do not count. */
  readonly waived?: readonly WaivedReason[];
  /** Waivers that would cover a reason and do not count any more, or not yet. */
  readonly voidWaivers?: readonly VoidWaiver[];
  /** Findings that do not count, by somebody whom the policy trusts with that. */
  readonly closed?: readonly Closure[];
  /** Statements that a finding does not count, by somebody whom the policy does not trust with that: listed, never applied. */
  readonly disputed?: readonly Closure[];
  /** When the same facts would give another verdict (a grace ends, a report gets stale), or may be other facts (a signature ends). */
  readonly recheckAt?: Instant;
}

/** Whether the policy wants the image held for it. */
export function asksForHold({ kind, holdsUnknown, onViolation }: Pick<Verdict, "kind" | "holdsUnknown" | "onViolation">): boolean {
  return onViolation === undefined && (kind === "violating" || holdsUnknown);
}

/** Equal fingerprints mean that nothing changed that anybody has to hear of. That a waiver is about to end is one thing to hear of. */
export function fingerprint(verdict: Verdict): string {
  const ending = (verdict.waived ?? []).flatMap(({ waiver, key }) => (waiver.isEnding ? [`ending|${waiver.id}|${key}`] : []));
  const reasons = verdict.reasons.map((reason) => `${reason.status}|${reason.level}|${reason.key}`);
  return [verdict.kind, verdict.mode, ...reasons.sort(), ...ending.sort()].join("\n");
}
