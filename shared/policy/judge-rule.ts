import type { ThreatFacts } from "../domain/threat.ts";
import { add, type Instant } from "../domain/time.ts";
import type { NotAsked, Reason, VoidWaiver, WaivedReason } from "../domain/verdict.ts";
import type { AppliedRule } from "./applied.ts";
import type { Policy, PolicyRule, RuleKind, RuleParams } from "./document.ts";
import { gapsIn, type Part, type Parts } from "./part.ts";
import { capped, toReason } from "./reason.ts";
import type { Fact, Judgement, RuleContext } from "./rule.ts";
import { rules } from "./rules/table.ts";
import type { Target } from "./select.ts";
import { signersOf } from "./trust/trust.ts";
import { type Waiving, waive } from "./waivers/waive.ts";

// The same table, typed so that a rule and its parameters are seen to belong together.
const table: {
  readonly [Kind in RuleKind]: {
    readonly judge: (params: RuleParams[Kind], context: RuleContext) => Judgement;
    readonly isByFinding: (params: RuleParams[Kind]) => boolean;
  };
} = rules;

/** What all rules of one evaluation share. */
export interface Judging {
  readonly policy: Policy;
  readonly target: Target;
  readonly now: Instant;
  readonly threats: ThreatFacts;
  readonly parts: Parts;
}

export interface JudgedRule {
  /** That no waiver covers. */
  readonly reasons: readonly Reason[];
  readonly waived: readonly WaivedReason[];
  readonly voided: readonly VoidWaiver[];
  /** When it would be judged differently; after now. */
  readonly times: readonly Instant[];
  readonly holdsUnknown: boolean;
  readonly notAsked: readonly NotAsked[];
}

export function judgeRule(applied: AppliedRule, judging: Judging): JudgedRule {
  const { whole, images } = judging.parts;
  const isWhole = rules[applied.rule.rule].scope === "whole";
  const judged = (isWhole ? [whole] : images).map((part) => ({ part, ...judge(applied.rule, contextFor(judging, part)) }));
  const facts = [
    ...judged.flatMap(({ facts: own, part }) => own.map((fact) => ({ fact, part }))),
    ...(isWhole ? [] : gapsIn(whole.evidence).map((fact) => ({ fact, part: whole }))),
  ].map(({ fact, part }) => weigh(applied, judging, fact, part));
  const reasons = facts.flatMap(({ reason, waived }) => (waived === undefined ? [reason] : []));
  const hold = holdFor(applied, reasons, judging);
  return {
    reasons: capped(applied, reasons),
    waived: facts.flatMap(({ waived }) => waived ?? []).slice(0, MOST_WAIVED),
    voided: facts.flatMap(({ voided }) => voided),
    times: [
      ...judged.flatMap(({ recheckAt }) => recheckAt ?? []),
      ...facts.flatMap(({ times }) => times),
      ...(applied.enforceFrom === undefined ? [] : [applied.enforceFrom]),
      ...hold.times,
    ],
    holdsUnknown: hold.now,
    notAsked: judged.flatMap(({ notAsked: why }) =>
      why === undefined ? [] : [{ ruleId: applied.rule.id, place: applied.rule.place, why }],
    ),
  };
}

const MOST_WAIVED = 200;

function weigh(applied: AppliedRule, judging: Judging, fact: Fact, { child }: Part): Waiving & { readonly reason: Reason } {
  const { policy, target, now, threats, parts } = judging;
  const reason = toReason(applied, fact, child);
  const digests = [parts.whole.evidence.subject.digest, ...(child === undefined ? [] : [child])];
  const context = { settings: policy.waiverSettings, findings: policy.findings, threats, now };
  return { reason, ...waive(reason, { fact, ruleId: applied.rule.id, target, digests }, policy.waivers, context) };
}

function contextFor({ policy, target, now, threats }: Judging, { evidence, findings }: Part): RuleContext {
  return {
    evidence,
    now,
    target,
    threats,
    findings: () => findings().open,
    settings: policy.findings,
    trustedSigners: signersOf(policy.trust),
  };
}

/** See `Rule.isByFinding`. */
export function isByFinding<Kind extends RuleKind>(rule: PolicyRule<Kind>): boolean {
  return table[rule.rule].isByFinding(rule);
}

export function judge<Kind extends RuleKind>(rule: PolicyRule<Kind>, context: RuleContext): Judgement {
  return table[rule.rule].judge(rule, context);
}

/** Whether missing facts hold the image now, or when they will. */
function holdFor(
  { rule: { whenUnknown }, level }: AppliedRule,
  reasons: readonly Reason[],
  { now, parts }: Judging,
): { readonly now: boolean; readonly times: readonly Instant[] } {
  const isOpen = level === "enforce" && reasons.some((reason) => reason.status === "unknown");
  if (!isOpen || whenUnknown === "warn") return { now: false, times: [] };
  if (whenUnknown === "hold") return { now: true, times: [] };
  const holdsAt = add(parts.whole.evidence.subject.firstSeenAt, whenUnknown.wait);
  return now >= holdsAt ? { now: true, times: [] } : { now: false, times: [holdsAt] };
}
