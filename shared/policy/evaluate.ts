import type { ImageEvidence } from "../domain/evidence.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../domain/threat.ts";
import type { Instant } from "../domain/time.ts";
import type { Reason, Verdict, VerdictKind, VoidWaiver } from "../domain/verdict.ts";
import { rulesFor } from "./applied.ts";
import type { Policy } from "./document.ts";
import { type JudgedRule, type Judging, judgeRule } from "./judge-rule.ts";
import { closuresOf, partsOf } from "./part.ts";
import { distinct, inOrder } from "./reason.ts";
import type { Target } from "./select.ts";

/**
 * What the policy says of an image, given everything that is known of it now. Pure: the same input gives the same verdict.
 *
 * `violating` needs a violated rule of level enforce; `indeterminate` a missing fact under such a rule; everything else is `compliant`, also an
 * image that no rule is for. What a waiver covers does not count, and is told. One more finding never makes a verdict better, one more waiver never
 * worse, and a fact that is missing never counts as compliance.
 */
export function evaluate(
  policy: Policy,
  target: Target,
  evidence: ImageEvidence,
  now: Instant,
  threats: ThreatFacts = NO_THREAT_FACTS,
): Verdict {
  const applied = rulesFor(policy, target, evidence, now);
  const judging: Judging = { policy, target, now, threats, parts: partsOf(evidence, policy, threats) };
  const judged = applied.map((rule) => judgeRule(rule, judging));
  const reasons = distinct(inOrder(judged.flatMap((each) => each.reasons)));
  const { onViolation } = policy.enforcement;
  const times = judged.flatMap((each) => each.times);
  return {
    kind: kindOf(reasons),
    reasons,
    policy: policy.id,
    mode: policy.mode,
    judgedAt: now,
    holdsUnknown: judged.some((each) => each.holdsUnknown),
    ...(onViolation === "hold" ? {} : { onViolation }),
    appliedRules: [...new Set(applied.map(({ rule }) => rule.id))],
    ...notAskedIn(judged),
    ...waiversIn(judged),
    ...closuresOf(judging.parts),
    ...(times.length === 0 ? {} : { recheckAt: times.reduce((a, b) => (a < b ? a : b)) }),
  };
}

function notAskedIn(judged: readonly JudgedRule[]): Pick<Verdict, "notAsked"> {
  const notAsked = judged.flatMap((each) => each.notAsked);
  return notAsked.length === 0 ? {} : { notAsked };
}

const MOST_VOID = 200;

function waiversIn(judged: readonly JudgedRule[]): Pick<Verdict, "waived" | "voidWaivers"> {
  const waived = distinct(inOrder(judged.flatMap((each) => each.waived)));
  const voided = new Map(judged.flatMap((each) => each.voided).map((each) => [keyOf(each), each]));
  const voidWaivers = [...voided].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  return {
    ...(waived.length === 0 ? {} : { waived }),
    ...(voidWaivers.length === 0 ? {} : { voidWaivers: voidWaivers.slice(0, MOST_VOID) }),
  };
}

function keyOf({ id, reason }: VoidWaiver): string {
  return `${id}\n${reason}`;
}

function kindOf(reasons: readonly Reason[]): VerdictKind {
  const enforced = reasons.filter((reason) => reason.level === "enforce");
  if (enforced.some((reason) => reason.status === "violated")) return "violating";
  return enforced.length > 0 ? "indeterminate" : "compliant";
}
