import type { Digest } from "../domain/digest.ts";
import type { FindingsEvidence, ImageEvidence } from "../domain/evidence.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../domain/threat.ts";
import { type Instant, instant } from "../domain/time.ts";
import type { Reason, Verdict, VerdictKind } from "../domain/verdict.ts";
import type { Policy, PolicyRule, RuleKind, RuleParams } from "./document.ts";
import { capped, inOrder, toReason } from "./reason.ts";
import type { Fact, Judgement, RuleContext } from "./rule.ts";
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
  const trustedKeys = policy.trust.keys.map((key) => key.name);
  const applied = rulesFor(policy, target);
  const judged = applied.map((rule) => judgeRule(rule, { evidence, now, trustedKeys, target, threats }));
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
    ...(times.length === 0 ? {} : { recheckAt: instant(Math.min(...times)) }),
  };
}

/** The rules that are for an image, in the order of the file. */
function rulesFor(policy: Policy, target: Target): readonly PolicyRule[] {
  return policy.rules.filter((rule) => selects(rule.select, target));
}

interface JudgedRule {
  readonly reasons: readonly Reason[];
  readonly recheckAt: readonly Instant[];
  readonly holdsUnknown: boolean;
}

function judgeRule(rule: PolicyRule, context: RuleContext): JudgedRule {
  const judged = partsFor(rule, context.evidence).map(({ evidence, child }) => ({ child, ...judge(rule, { ...context, evidence }) }));
  const incomplete = rules[rule.rule].scope === "whole" ? [] : gapsIn(context.evidence).map((fact) => toReason(rule, fact));
  const reasons = capped(rule, [...judged.flatMap(({ facts, child }) => facts.map((fact) => toReason(rule, fact, child))), ...incomplete]);
  return {
    reasons,
    recheckAt: judged.flatMap(({ recheckAt }) => (recheckAt === undefined ? [] : [recheckAt])),
    holdsUnknown: rule.level === "enforce" && rule.whenUnknown === "hold" && reasons.some((reason) => reason.status === "unknown"),
  };
}

function judge<Kind extends RuleKind>(rule: PolicyRule<Kind>, context: RuleContext): Judgement {
  return table[rule.rule].judge(rule, context);
}

interface Part {
  readonly evidence: ImageEvidence;
  readonly child?: Digest;
}

function partsFor(rule: PolicyRule, evidence: ImageEvidence): readonly Part[] {
  if (evidence.subject.kind === "image" || rules[rule.rule].scope === "whole") return [{ evidence }];
  return runnable(withOwnReport(evidence)).map((child) => ({ evidence: child, child: child.subject.digest }));
}

/** The images that a runtime could pick from an index, those of nested indexes included. */
function runnable(evidence: ImageEvidence): readonly ImageEvidence[] {
  return evidence.subject.kind === "image" ? [evidence] : evidence.children.map(withOwnReport).flatMap(runnable);
}

/** A scanner that is given an index looks at one platform and does not say which. Its report can be believed only where there is no choice. */
function withOwnReport(evidence: ImageEvidence): ImageEvidence {
  const [only, ...others] = evidence.children;
  if (only === undefined || others.length > 0 || evidence.missingChildren.length > 0) return evidence;
  return { ...evidence, children: [{ ...only, findings: joined(only.findings, evidence.findings) }] };
}

function joined(own: FindingsEvidence, inherited: FindingsEvidence): FindingsEvidence {
  if (inherited.kind !== "reported") return own.kind === "absent" ? inherited : own;
  return own.kind === "reported" ? { kind: "reported", reports: [...own.reports, ...inherited.reports] } : inherited;
}

/** What keeps an index from being judged whole. */
function gapsIn(evidence: ImageEvidence): readonly Fact[] {
  if (evidence.subject.kind === "image") return [];
  const missing = evidence.missingChildren.length;
  const own: readonly Fact[] =
    missing === 0
      ? []
      : [
          {
            ...GAP,
            about: ["partial-index"],
            message: `partial index: ${missing} of its images ${missing === 1 ? "is" : "are"} not in the registry`,
            remedy: "push the missing images, or an index without them",
          },
        ];
  const empty: readonly Fact[] =
    missing > 0 || evidence.children.length > 0
      ? []
      : [
          {
            ...GAP,
            about: ["empty-index"],
            message: "cannot be judged: the index names no image that could run",
            remedy: "push an index that names its images",
          },
        ];
  return [...own, ...empty, ...evidence.children.flatMap(gapsIn)];
}

const GAP = { status: "unknown", severity: "unknown" } as const;

function kindOf(reasons: readonly Reason[]): VerdictKind {
  const enforced = reasons.filter((reason) => reason.level === "enforce");
  if (enforced.some((reason) => reason.status === "violated")) return "violating";
  return enforced.length > 0 ? "indeterminate" : "compliant";
}
