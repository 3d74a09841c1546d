import type { ImageEvidence } from "../domain/evidence.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../domain/threat.ts";
import { type Instant, instant } from "../domain/time.ts";
import type { Reason, Verdict, VerdictKind } from "../domain/verdict.ts";
import type { Policy, PolicyRule, RuleKind, RuleParams } from "./document.ts";
import { closuresOf, gapsIn, type Part, type Parts, partsOf } from "./part.ts";
import { capped, inOrder, toReason } from "./reason.ts";
import type { Judgement, RuleContext } from "./rule.ts";
import { rules } from "./rules/table.ts";
import { selects, type Target } from "./select.ts";

// The same table, typed so that a rule and its parameters are seen to belong together.
const table: { readonly [Kind in RuleKind]: { readonly judge: (params: RuleParams[Kind], context: RuleContext) => Judgement } } = rules;

/**
 * What the policy says of an image, given everything that is known of it now. Pure: the same input gives the same verdict.
 *
 * `violating` needs a violated rule of level enforce; `indeterminate` a missing fact under such a rule; everything else is `compliant`, also an
 * image that no rule is for. One more finding or rule never makes a verdict better, and a fact that is missing never counts as compliance.
 */
export function evaluate(
  policy: Policy,
  target: Target,
  evidence: ImageEvidence,
  now: Instant,
  threats: ThreatFacts = NO_THREAT_FACTS,
): Verdict {
  const applied = rulesFor(policy, target);
  const judging: Judging = { policy, target, now, threats, parts: partsOf(evidence, policy.findings, threats) };
  const judged = applied.map((rule) => judgeRule(rule, judging));
  const reasons = inOrder(judged.flatMap((each) => each.reasons));
  const times = judged.flatMap((each) => each.recheckAt);
  return {
    kind: kindOf(reasons),
    reasons,
    policy: policy.id,
    mode: policy.mode,
    judgedAt: now,
    holdsUnknown: judged.some((each) => each.holdsUnknown),
    appliedRules: applied.map((rule) => rule.id),
    ...closuresOf(judging.parts),
    ...(times.length === 0 ? {} : { recheckAt: instant(Math.min(...times)) }),
  };
}

/** The rules that are for an image, in the order of the file. */
function rulesFor(policy: Policy, target: Target): readonly PolicyRule[] {
  return policy.rules.filter((rule) => selects(rule.select, target));
}

interface Judging {
  readonly policy: Policy;
  readonly target: Target;
  readonly now: Instant;
  readonly threats: ThreatFacts;
  readonly parts: Parts;
}

interface JudgedRule {
  readonly reasons: readonly Reason[];
  readonly recheckAt: readonly Instant[];
  readonly holdsUnknown: boolean;
}

function judgeRule(rule: PolicyRule, judging: Judging): JudgedRule {
  const { whole, images } = judging.parts;
  const isWhole = rules[rule.rule].scope === "whole";
  const judged = (isWhole ? [whole] : images).map((part) => ({ child: part.child, ...judge(rule, contextFor(judging, part)) }));
  const incomplete = isWhole ? [] : gapsIn(whole.evidence).map((fact) => toReason(rule, fact));
  const reasons = capped(rule, [...judged.flatMap(({ facts, child }) => facts.map((fact) => toReason(rule, fact, child))), ...incomplete]);
  return {
    reasons,
    recheckAt: judged.flatMap(({ recheckAt }) => (recheckAt === undefined ? [] : [recheckAt])),
    holdsUnknown: rule.level === "enforce" && rule.whenUnknown === "hold" && reasons.some((reason) => reason.status === "unknown"),
  };
}

function contextFor({ policy, target, now, threats }: Judging, { evidence, findings }: Part): RuleContext {
  return {
    evidence,
    now,
    target,
    threats,
    findings: () => findings().open,
    settings: policy.findings,
    trustedKeys: policy.trust.keys.map((key) => key.name),
  };
}

function judge<Kind extends RuleKind>(rule: PolicyRule<Kind>, context: RuleContext): Judgement {
  return table[rule.rule].judge(rule, context);
}

function kindOf(reasons: readonly Reason[]): VerdictKind {
  const enforced = reasons.filter((reason) => reason.level === "enforce");
  if (enforced.some((reason) => reason.status === "violated")) return "violating";
  return enforced.length > 0 ? "indeterminate" : "compliant";
}
