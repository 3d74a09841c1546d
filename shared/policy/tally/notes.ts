import type { ImageEvidence, ScanReport } from "../../domain/evidence.ts";
import type { Finding } from "../../domain/finding.ts";
import type { ThreatFacts } from "../../domain/threat.ts";
import type { Instant } from "../../domain/time.ts";
import type { Reason } from "../../domain/verdict.ts";
import type { Policy, PolicyRule } from "../document.ts";
import { imageFindings } from "../findings/image-findings.ts";
import { isByFinding, judge } from "../judge-rule.ts";
import type { Fact } from "../rule.ts";
import type { Target } from "../select.ts";
import { waive } from "../waivers/waive.ts";

/** An image whose findings are looked at one by one. One object for each image. */
export interface SeenImage {
  readonly target: Target;
  readonly evidence: ImageEvidence;
  readonly report: ScanReport;
}

/** What the rules say of one finding, whatever image it is in. */
export interface FindingNote {
  /** It cannot be judged alone in this image: the image has the same one twice, or a rule misses a fact. */
  readonly isOpen: boolean;
  readonly violates: ReadonlyMap<PolicyRule, Violation>;
}

interface Violation {
  readonly fact: Fact;
  /** Whether a waiver names it at all. */
  readonly mayBeWaived: boolean;
}

export interface FindingNotes {
  /** To be asked for every finding of an image before the next image's. */
  noteOf(finding: Finding, image: SeenImage): FindingNote;
  isWaived(note: FindingNote, rule: PolicyRule, image: SeenImage): boolean;
}

export interface NotesSetup {
  readonly policy: Policy;
  readonly now: Instant;
  readonly threats: ThreatFacts;
}

interface Kept extends FindingNote {
  /** A number for each name in its package. */
  readonly keys: readonly number[];
}

const SILENT: ReadonlyMap<PolicyRule, Violation> = new Map();
const OPEN: FindingNote = { isOpen: true, violates: SILENT };

/** Memory of one run over many images. It lives as long as the findings do, which images share. */
export function openFindingNotes(setup: NotesSetup): FindingNotes {
  const { policy, now, threats } = setup;
  const kept = new WeakMap<Finding, Kept>();
  const numbers = new Map<string, number>();
  // The number of the image in which a key was seen last.
  const seenIn: number[] = [];
  let last: SeenImage | undefined;
  let imageNumber = 0;
  const waivedIds = idsOf(policy);

  function note(finding: Finding, image: SeenImage): Kept {
    const made = { ...judgeAlone(setup, waivedIds, finding, image), keys: keysOf(finding).map((key) => numberOf(numbers, key)) };
    kept.set(finding, made);
    return made;
  }

  return {
    noteOf(finding, image) {
      if (image !== last) {
        last = image;
        imageNumber += 1;
      }
      const known = kept.get(finding) ?? note(finding, image);
      for (const key of known.keys) {
        if (seenIn[key] === imageNumber) return OPEN;
        seenIn[key] = imageNumber;
      }
      return known;
    },
    isWaived(found, rule, { target, evidence: { subject } }) {
      const violation = found.violates.get(rule);
      if (violation?.mayBeWaived !== true) return false;
      const { fact } = violation;
      const context = { settings: policy.waiverSettings, findings: policy.findings, threats, now };
      const waiving = waive(reasonOf(rule, fact), { fact, ruleId: rule.id, target, digests: [subject.digest] }, policy.waivers, context);
      return waiving.waived !== undefined;
    },
  };
}

// Words that nobody reads: only whether it is waived counts.
function reasonOf(rule: PolicyRule, fact: Fact): Reason {
  return { ...fact, key: "", ruleId: rule.id, rule: rule.rule, level: rule.level, place: rule.place };
}

function numberOf(numbers: Map<string, number>, key: string): number {
  const known = numbers.get(key) ?? numbers.size;
  numbers.set(key, known);
  return known;
}

/** As `mergeFindings` has them: two findings that share one are the same. */
function keysOf({ id, aliases, package: { name } }: Finding): readonly string[] {
  return [...new Set([id, ...aliases])].map((each) => `${name}\n${each}`);
}

/** Ids that waivers name; `undefined` where a waiver names none and is for any. */
function idsOf({ waivers }: Policy): ReadonlySet<string> | undefined {
  if (waivers.some(({ scope }) => scope.vulnerabilities === undefined)) return undefined;
  return new Set(waivers.flatMap(({ scope }) => scope.vulnerabilities ?? []));
}

/** The image as though it had this finding and no other, judged by each rule that judges finding by finding. */
function judgeAlone(setup: NotesSetup, waivedIds: ReadonlySet<string> | undefined, finding: Finding, image: SeenImage): FindingNote {
  const { policy, now, threats } = setup;
  const evidence: ImageEvidence = {
    ...image.evidence,
    findings: { kind: "reported", reports: [{ ...image.report, findings: [finding] }] },
  };
  const { open } = imageFindings(evidence, policy.findings, threats);
  const context = { evidence, now, threats, target: image.target, findings: () => open, settings: policy.findings, trustedSigners: [] };
  const judged = policy.rules.filter(isByFinding).map((rule) => ({ rule, facts: judge(rule, context).facts }));
  const mayBeWaived = [finding.id, ...finding.aliases].some((id) => waivedIds?.has(id) !== false);
  const violates = judged.flatMap(({ rule, facts }) => facts.map((fact) => [rule, { fact, mayBeWaived }] as const));
  const isOpen = judged.some(({ facts }) => facts.length > 1 || facts.some(({ status }) => status === "unknown"));
  return { isOpen, violates: violates.length === 0 ? SILENT : new Map(violates) };
}
