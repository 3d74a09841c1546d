import type { Digest } from "../../domain/digest.ts";
import type { ImageEvidence, SignatureFact } from "../../domain/evidence.ts";
import type { ImageKey, Tag } from "../../domain/image-ref.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../domain/threat.ts";
import type { Instant } from "../../domain/time.ts";
import type { Usage } from "../../domain/usage.ts";
import { asksForHold, type Mode, type Reason, type Verdict, type VerdictKind } from "../../domain/verdict.ts";
import type { Vouched } from "../../domain/vouched.ts";
import type { Policy } from "../document.ts";
import { evaluate } from "../evaluate.ts";

/** What was known of one image. */
export interface KnownImage {
  readonly image: ImageKey;
  readonly tags: readonly Tag[];
  readonly evidence: ImageEvidence;
  /** Whether anything runs it now. */
  readonly usage: Usage;
}

export interface Setup {
  readonly before: Policy;
  readonly after: Policy;
  /** The instant that both judge at. */
  readonly now: Instant;
  readonly threats?: ThreatFacts;
  /** Names of keys and identities that only the new policy trusts: signatures were examined without them. */
  readonly untriedSigners?: readonly string[];
}

/**
 * What the change of policy does to one image. `newly-held`, `newly-free`: whether an enforcing gate would hold it changes. `other-verdict`: the
 * verdict changes and no hold does. `other-reasons`: the same verdict for other reasons.
 */
export type Effect = "newly-held" | "newly-free" | "other-verdict" | "other-reasons" | "same";

export interface Difference {
  readonly effect: Effect;
  /** Whether anything runs it: what would be held is given a deadline there, and where nobody knows. */
  readonly use: Usage["kind"];
  readonly image: { readonly registry: string; readonly repository: string; readonly digest: Digest; readonly tags: readonly Tag[] };
  readonly before: Judged;
  readonly after: Judged;
  /** Why: those that only the new policy gives, else those that only the old one gave; of an image that is no longer held, what had held it. */
  readonly reasons: readonly Pick<Reason, "ruleId" | "level" | "status" | "message" | "remedy" | "place">[];
}

export interface Judged {
  readonly verdict: VerdictKind;
  /** Whether an enforcing gate would hold it. */
  readonly holds: boolean;
  /** Rules that speak against it, at any level. */
  readonly rules: readonly string[];
  /** Those of them that hold it. */
  readonly holding: readonly string[];
}

/**
 * Judges one image by both policies. A dry run is compared as though it were enforced, so that one sees before one enforces; only where the
 * change is that switch itself (dry-run before, enforce after) was nothing held before.
 */
export function compare(setup: Setup, known: KnownImage): Difference {
  const { image, tags, evidence } = known;
  const { now, threats = NO_THREAT_FACTS } = setup;
  const target = { registry: image.registry, repository: image.repository, tags };
  const before = evaluate(setup.before, target, evidence, now, threats);
  const after = evaluate(setup.after, target, withoutGuesses(evidence, setup.untriedSigners ?? []), now, threats);
  const was = judgedBy(setup.before, before);
  const judgedBefore = isSwitchedOn(setup.before.mode, setup.after.mode) ? { ...was, holds: false, holding: [] } : was;
  const judgedAfter = judgedBy(setup.after, after);
  const keys = { before: keysOf(before), after: keysOf(after) };
  const gained = after.reasons.filter(({ key, status, level }) => !keys.before.has(`${status}|${level}|${key}`));
  const lost = before.reasons.filter(({ key, status, level }) => !keys.after.has(`${status}|${level}|${key}`));
  const effect = effectOf(judgedBefore, judgedAfter, gained.length + lost.length);
  return {
    effect,
    use: known.usage.kind,
    image: { ...image, tags },
    before: judgedBefore,
    after: judgedAfter,
    reasons:
      effect === "newly-free"
        ? worded(lost, judgedBefore.holding)
        : worded([gained, lost, after.reasons].find(({ length }) => length > 0) ?? [], judgedAfter.holding),
  };
}

export function isSwitchedOn(before: Mode, after: Mode): boolean {
  return before === "dry-run" && after === "enforce";
}

const MOST_REASONS = 5;

/** Those that hold the image first. */
function worded(reasons: readonly Reason[], holding: readonly string[]): Difference["reasons"] {
  const isLast = ({ ruleId }: Reason): number => (holding.includes(ruleId) ? 0 : 1);
  return reasons
    .toSorted((a, b) => isLast(a) - isLast(b))
    .slice(0, MOST_REASONS)
    .map(({ ruleId, level, status, message, remedy, place }) => ({ ruleId, level, status, message, remedy, place }));
}

function judgedBy({ rules }: Policy, verdict: Verdict): Judged {
  const { kind, reasons, holdsUnknown } = verdict;
  const failClosed = new Set(rules.filter(({ whenUnknown }) => whenUnknown !== "warn").map(({ id }) => id));
  const isHolding = ({ level, status, ruleId }: Reason): boolean =>
    level === "enforce" && (status === "violated" || (holdsUnknown && failClosed.has(ruleId)));
  return {
    verdict: kind,
    holds: asksForHold(verdict),
    rules: rulesOf(reasons),
    holding: rulesOf(reasons.filter(isHolding)),
  };
}

function rulesOf(reasons: readonly Reason[]): readonly string[] {
  return [...new Set(reasons.map(({ ruleId }) => ruleId))];
}

function keysOf({ reasons }: Verdict): ReadonlySet<string> {
  return new Set(reasons.map(({ key, status, level }) => `${status}|${level}|${key}`));
}

function effectOf(before: Judged, after: Judged, otherReasons: number): Effect {
  if (after.holds !== before.holds) return after.holds ? "newly-held" : "newly-free";
  if (after.verdict !== before.verdict) return "other-verdict";
  return otherReasons > 0 ? "other-reasons" : "same";
}

/**
 * What verified as nobody's then, or as that of another signer of the same name, may or may not verify as that of one who is trusted only now: that is not
 * known until it is examined again. That there was nothing to verify stays known.
 */
function withoutGuesses(evidence: ImageEvidence, untriedSigners: readonly string[]): ImageEvidence {
  if (untriedSigners.length === 0) return evidence;
  const { signatures, attestations, vex, children } = evidence;
  const isOpen = (names: readonly string[]): boolean => names.length === 0 || names.some((name) => untriedSigners.includes(name));
  const signers = signatures.kind === "examined" ? signatures.signatures.map(namesOf) : [];
  const why = `examined before ${untriedSigners.join(", ")} was trusted`;
  const unknown = { kind: "unavailable", why } as const;
  const hasOpenStatement = attestations.kind === "examined" && attestations.statements.some((each) => isOpen(vouchersOf(each)));
  return {
    ...evidence,
    signatures: signers.some(isOpen) ? unknown : signatures,
    attestations: hasOpenStatement ? unknown : attestations,
    vex:
      vex.kind === "examined"
        ? { ...vex, statements: vex.statements.filter((each) => !vouchersOf(each).some((name) => untriedSigners.includes(name))) }
        : vex,
    children: children.map((child) => withoutGuesses(child, untriedSigners)),
  };
}

function namesOf({ code, identity, alsoAs = [] }: SignatureFact): readonly string[] {
  return code === "ok" && identity !== undefined ? [identity, ...alsoAs] : [];
}

function vouchersOf({ signedBy = [] }: Vouched): readonly string[] {
  return signedBy.flatMap(({ names }) => names);
}
