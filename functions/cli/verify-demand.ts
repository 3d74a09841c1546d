import type { ImageEvidence } from "../../shared/domain/evidence.ts";
import { ParseError, quote } from "../../shared/domain/parse-error.ts";
import type { Instant } from "../../shared/domain/time.ts";
import type { Reason, Verdict, VerdictKind } from "../../shared/domain/verdict.ts";
import type { ActivePolicy } from "../../shared/pipeline/deps.ts";
import { rulesFor } from "../../shared/policy/applied.ts";
import type { Policy, PolicyRule, RuleKind } from "../../shared/policy/document.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import { fits } from "../../shared/policy/rules/globs.ts";
import { rules } from "../../shared/policy/rules/table.ts";
import { SUMMARY_TYPE } from "../../shared/policy/rules/verification-summary.ts";
import type { Target } from "../../shared/policy/select.ts";
import { signersOf } from "../../shared/policy/trust/trust.ts";

/** What one rule demands of the image's signatures, and whether that is there. */
export interface DemandedRule {
  readonly id: string;
  readonly rule: RuleKind;
  /** `policy.yaml:18`; absent: no rule of the policy demands it, `verify` does. */
  readonly place?: string;
  readonly state: "met" | "not-met" | "unknown" | "waived";
  readonly why: readonly string[];
  readonly remedy?: string;
}

export interface Demanded {
  readonly kind: VerdictKind | "nobody-trusted";
  readonly rules: readonly DemandedRule[];
}

const ON_STATEMENTS: readonly RuleKind[] = ["attestation-required", "provenance", "verification-summary"];
const KINDS: readonly RuleKind[] = ["signature-required", ...ON_STATEMENTS];
const PROVENANCE = "https://slsa.dev/provenance/";

/**
 * The policy with its rules on signatures and attestations alone. Each counts in full, also one that only warns, or only asks images
 * of a later day: asked is whether it is met, not what the gate would do. `predicateType`: only those on attestations of this type, of which the
 * keys of the command line have to have made one.
 */
export function demandsOf({ policy, ...active }: ActivePolicy, predicateType: string | undefined, keys: readonly string[]): ActivePolicy {
  const asked = policy.rules.filter((rule) => KINDS.includes(rule.rule) && (predicateType === undefined || isOn(rule, predicateType)));
  const ofKeys = predicateType === undefined || keys.length === 0 ? [] : [attestedBy(predicateType, "--key", keys)];
  return { ...active, policy: { ...policy, rules: [...asked.map(inFull), ...ofKeys] } };
}

/** Now, and whatever the image's age. */
function inFull(rule: PolicyRule): PolicyRule {
  const full = { level: "enforce", enforceFrom: undefined } as const;
  return rule.rule === "signature-required" ? { ...rule, ...full, from: undefined } : { ...rule, ...full };
}

function isOn(rule: PolicyRule, predicateType: string): boolean {
  if (rule.rule === "attestation-required") return fits(rule.predicateType, predicateType);
  if (rule.rule === "verification-summary") return predicateType === SUMMARY_TYPE;
  return rule.rule === "provenance" && predicateType.startsWith(PROVENANCE);
}

export interface Asked {
  readonly target: Target;
  readonly evidence: ImageEvidence;
  readonly predicateType: string | undefined;
  readonly now: Instant;
}

/**
 * Whether what is demanded is there, by the evaluation that the gate uses. Where no rule of the policy is for the image, one signature (or
 * attestation of the type that is asked for) of anybody whom the policy trusts is demanded: nothing demanded is nothing proven.
 */
export function judgeDemands({ policy }: ActivePolicy, asked: Asked): Demanded {
  const { target, evidence, now } = asked;
  if (rulesFor(policy, target, evidence, now).length > 0) return demanded(policy, asked);
  if (signersOf(policy.trust).length === 0) return { kind: "nobody-trusted", rules: [] };
  return demanded({ ...policy, rules: [impliedRule(asked.predicateType)] }, asked);
}

const NOWHERE = "moorgate verify";

const AT_ONCE = { grace: "0s", untaggedGrace: "0s" };

function impliedRule(predicateType: string | undefined): PolicyRule {
  if (predicateType !== undefined) return attestedBy(predicateType, NOWHERE);
  return { ...rules["signature-required"].entry.parse({ id: "signed", rule: "signature-required", ...AT_ONCE }), place: NOWHERE };
}

/** @throws ParseError on a type that no rule may name */
function attestedBy(predicateType: string, place: string, signers?: readonly string[]): PolicyRule {
  const asked = { id: "attested", rule: "attestation-required", predicateType, ...AT_ONCE, ...(signers === undefined ? {} : { signers }) };
  const read = rules["attestation-required"].entry.safeParse(asked);
  if (read.success) return { ...read.data, place };
  throw new ParseError(
    "--predicate-type",
    `${quote(predicateType)} is no type`,
    "write it as the attestation has it: https://slsa.dev/provenance/v1",
  );
}

function demanded(policy: Policy, { target, evidence, now }: Asked): Demanded {
  const verdict = evaluate(policy, target, evidence, now);
  const told = rulesFor(policy, target, evidence, now).map(({ rule }) => tell(rule, verdict));
  return { kind: verdict.kind, rules: told };
}

function tell({ id, rule, place }: PolicyRule, { reasons, waived = [] }: Verdict): DemandedRule {
  const isOfRule = (reason: Reason): boolean => reason.ruleId === id && reason.place === place;
  const [against, lived] = [reasons.filter(isOfRule), waived.filter(isOfRule)];
  const [first] = against;
  return {
    id,
    rule,
    ...(place === NOWHERE ? {} : { place }),
    state: stateOf(against, lived),
    why: [...against.map(({ message }) => message), ...lived.map(({ message, waiver }) => `${message}; waived by ${waiver.id}`)],
    ...(first === undefined ? {} : { remedy: first.remedy }),
  };
}

function stateOf(against: readonly Reason[], waived: readonly Reason[]): DemandedRule["state"] {
  if (against.some(({ status }) => status === "violated")) return "not-met";
  if (against.length > 0) return "unknown";
  return waived.length > 0 ? "waived" : "met";
}
