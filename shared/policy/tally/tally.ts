import type { ImageEvidence } from "../../domain/evidence.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../domain/threat.ts";
import type { Instant } from "../../domain/time.ts";
import type { Verdict, VerdictKind } from "../../domain/verdict.ts";
import { type AppliedRule, rulesFor } from "../applied.ts";
import type { Policy, PolicyRule } from "../document.ts";
import { evaluate } from "../evaluate.ts";
import { isByFinding, judgeRule } from "../judge-rule.ts";
import { partsOf } from "../part.ts";
import { MOST_TOLD } from "../reason.ts";
import type { Target } from "../select.ts";
import { type FindingNote, type FindingNotes, openFindingNotes, type SeenImage } from "./notes.ts";

/** What a verdict comes to, without its words. */
export interface Tally {
  readonly kind: VerdictKind;
  readonly holdsUnknown: boolean;
  /** How many violated reasons the verdict has. */
  readonly violated: number;
}

/**
 * Judges many images by one policy at one instant, each exactly as `evaluate` does. What a rule says of a finding is worked out once for all
 * images that share it, and no sentence is built for any of them. Whatever that does not fit (indexes, several reports of one image, VEX) goes
 * the long way.
 */
export function openTally(
  policy: Policy,
  now: Instant,
  threats: ThreatFacts = NO_THREAT_FACTS,
): (target: Target, evidence: ImageEvidence) => Tally {
  const notes = openFindingNotes({ policy, now, threats });
  return (target, evidence) => {
    const applied = rulesFor(policy, target, evidence, now);
    const image = areDistinct(applied) ? singly(target, evidence, policy) : undefined;
    const loud = image === undefined ? undefined : loudFindings(image, notes);
    if (image === undefined || loud === undefined) return tallyOf(evaluate(policy, target, evidence, now, threats));
    const judging = { policy, target, now, threats, parts: partsOf(evidence, policy, threats) };
    const sum = { violated: 0, enforced: "compliant" as VerdictKind, holdsUnknown: false };
    for (const each of applied) {
      const counted = isByFinding(each.rule)
        ? { violated: countOf(each.rule, loud, (note) => notes.isWaived(note, each.rule, image)), unknown: 0, holdsUnknown: false }
        : countReasons(judgeRule(each, judging));
      sum.violated += Math.min(counted.violated, MOST_TOLD);
      sum.holdsUnknown ||= counted.holdsUnknown;
      if (each.level === "enforce") sum.enforced = worse(sum.enforced, counted);
    }
    return { kind: sum.enforced, holdsUnknown: sum.holdsUnknown, violated: sum.violated };
  };
}

interface Counted {
  readonly violated: number;
  readonly unknown: number;
  readonly holdsUnknown: boolean;
}

function countReasons({ reasons, holdsUnknown }: ReturnType<typeof judgeRule>): Counted {
  const violated = reasons.filter(({ status }) => status === "violated").length;
  return { violated, unknown: reasons.length - violated, holdsUnknown };
}

function worse(kind: VerdictKind, { violated, unknown }: Counted): VerdictKind {
  if (kind === "violating" || violated > 0) return "violating";
  return unknown > 0 ? "indeterminate" : kind;
}

function countOf(rule: PolicyRule, loud: readonly FindingNote[], isWaived: (note: FindingNote) => boolean): number {
  let count = 0;
  for (const note of loud) if (note.violates.has(rule) && !isWaived(note)) count += 1;
  return count;
}

/** Two files of a policy may both have a rule, and tell one reason twice. */
function areDistinct(applied: readonly AppliedRule[]): boolean {
  return applied.every(({ rule }, index) => applied.findIndex((other) => other.rule.id === rule.id) === index);
}

/** An image whose findings can be judged one by one: one trusted report, and no statement about it. */
function singly(target: Target, evidence: ImageEvidence, { findings: settings }: Policy): SeenImage | undefined {
  const { subject, findings, vex } = evidence;
  if (subject.kind !== "image" || findings.kind !== "reported" || findings.reports.length !== 1) return undefined;
  if (vex.kind === "examined" && vex.statements.length > 0) return undefined;
  const [report] = findings.reports;
  return settings.trustReports.includes(report.origin) ? { target, evidence, report } : undefined;
}

/** Findings that some rule speaks against; `undefined` where one of them cannot be judged alone. */
function loudFindings(image: SeenImage, notes: FindingNotes): readonly FindingNote[] | undefined {
  const loud: FindingNote[] = [];
  for (const finding of image.report.findings) {
    const note = notes.noteOf(finding, image);
    if (note.isOpen) return undefined;
    if (note.violates.size > 0) loud.push(note);
  }
  return loud;
}

function tallyOf({ kind, holdsUnknown, reasons }: Verdict): Tally {
  return { kind, holdsUnknown, violated: reasons.filter(({ status }) => status === "violated").length };
}
