import type { ActionVerb, Strength } from "../../domain/action.ts";
import { printDeadline } from "../../domain/deadline.ts";
import type { HoldState, ImageRecord, Override, PlannedDeletion } from "../../domain/image-record.ts";
import { openWords } from "../../domain/probe.ts";
import { between, type Instant, printDuration, printMinute } from "../../domain/time.ts";
import { asksForHold, type Verdict } from "../../domain/verdict.ts";

interface EffectContext {
  readonly now: Instant;
  readonly view?: "gate" | "check";
}

/** What happens to the image, and when that ends: one sentence, the same for every reader. */
export function effectOf(record: ImageRecord, context: EffectContext): string {
  const { verdict, hold, override, pending, presence } = record;
  if (record.deleted !== undefined)
    return `deleted for ever by the gate, ${printMinute(record.deleted.at)}, as the policy has it for what was held long: nothing brings it back`;
  if (presence === "gone") return "none: the registry no longer has it, and the gate did not take it";
  if (verdict === undefined) return "none: it is not judged yet";
  if (context.view === "check") return `none here; ${checkedEffect(verdict)}`;
  if (pending !== undefined) return `${PENDING_WORDS[pending.verb]} now, for ${since(pending.plannedAt, context.now)}`;
  return hold.kind === "held"
    ? `${heldWords(hold, context.now)}; ${record.isHalted === true ? "stays so while the gate is stopped (moorgate brake resume)" : releaseWords(verdict, override)}${deletionWords(record.deletion, context.now)}`
    : freeWords(record, verdict, context.now);
}

const PENDING_WORDS: Readonly<Record<ActionVerb, string>> = {
  hold: "being held",
  release: "being released",
  retag: "its tags are being moved",
  delete: "being deleted for ever",
};

const STRENGTH_WORDS: Readonly<Record<Strength, string>> = {
  blocked: "the registry refuses to serve it (blocked)",
  hidden: "neither tag nor digest pulls from its repository (hidden)",
  untagged: "only its digest still pulls (untagged)",
  advisory: "nothing stops a pull (advisory)",
};

function heldWords(hold: Extract<HoldState, { readonly kind: "held" }>, now: Instant): string {
  const stillOpen = openWords(hold.open ?? []);
  const how = stillOpen.length === 0 ? STRENGTH_WORDS[hold.strength] : [hold.strength, ...stillOpen].join("; ");
  return `held for ${since(hold.since, now)}: ${how}`;
}

function releaseWords(verdict: Verdict, override: Override | undefined): string {
  if (override?.kind === "hold") return `by hand of ${override.actor.name} ("${override.actor.reason}"), until it is released by hand`;
  if (verdict.mode === "dry-run") return "stays so in a dry run; release it by hand";
  if (verdict.kind === "compliant") return "released now, as it is compliant";
  return `released as soon as ${verdict.kind === "violating" ? "no enforced rule is violated, or what violates it is waived" : "the missing facts are there and good"}`;
}

function deletionWords(deletion: PlannedDeletion | undefined, now: Instant): string {
  if (deletion === undefined) return "";
  const { at, kept, waitsIn } = deletion;
  if (waitsIn !== undefined)
    return `; to be deleted for ever since ${printMinute(at)}: run ${waitsIn} asks before it (moorgate brake status)`;
  if (kept !== undefined && now < at) return `; not to be deleted for ever at ${printMinute(at)} as long as ${kept.why}`;
  if (kept !== undefined) return `; to be deleted for ever since ${printMinute(at)}, and kept: ${kept.why}`;
  return `; deleted for ever at ${printMinute(at)} unless it is released before, or held by hand`;
}

function freeWords(record: ImageRecord, verdict: Verdict, now: Instant): string {
  const { override, deadline } = record;
  if (override?.kind === "hold") return `will be held by hand of ${override.actor.name} ("${override.actor.reason}")`;
  if (override?.kind === "release")
    return `not held: released by hand of ${override.actor.name} ("${override.actor.reason}"), until there is a new reason`;
  const kept = keptWords(record);
  if (kept !== undefined) return kept;
  if (verdict.kind === "compliant") return `none: it can be pulled${laterWords(verdict, now)}`;
  if (deadline !== undefined)
    return `not held, as it is or may be in use: ${deadline.isOver ? "was to be mended" : "to be mended"} ${printDeadline(deadline)}`;
  return violatingWords(verdict, now);
}

function violatingWords(verdict: Verdict, now: Instant): string {
  const isDryRun = verdict.mode === "dry-run";
  if (asksForHold(verdict)) return isDryRun ? "would be held (dry run: nothing is changed)" : "will be held with the next step";
  if (verdict.kind === "indeterminate") return `not held: a missing fact holds nothing${laterWords(verdict, now)}`;
  if (verdict.onViolation === "warn") return "not held: the policy has it told alone";
  return isDryRun ? "would be marked by a tag (dry run: nothing is changed)" : "not held: the policy has it marked by a tag";
}

/** What kept the gate from it. */
function keptWords({ run, isBraked, isHalted, cannotBeHeld }: ImageRecord): string | undefined {
  if (cannotBeHeld === true) return "not held: its registry can keep no image from being pulled; admission is asked when it is deployed";
  if (isHalted === true)
    return "not held: the gate was stopped before it; it is judged again when the gate goes on (moorgate brake resume)";
  return isBraked === true
    ? `not held: run ${run ?? "unknown"} was stopped before it; moorgate brake status tells what was decided`
    : undefined;
}

function laterWords({ recheckAt }: Verdict, now: Instant): string {
  return recheckAt === undefined ? "" : `; judged again in ${printDuration(between(now, recheckAt))}, or when something changes`;
}

function checkedEffect(verdict: Verdict): string {
  if (verdict.kind === "compliant") return "a gate with this policy would let it be";
  if (verdict.kind === "violating" && verdict.onViolation !== undefined)
    return `a gate with this policy would ${verdict.onViolation === "mark" ? "mark it by a tag" : "tell it"}, and let it be`;
  if (!asksForHold(verdict)) return "a gate with this policy would let it be until the facts are there";
  return verdict.mode === "dry-run"
    ? "a gate with this policy would hold it if it were not a dry run"
    : "a gate with this policy would hold it";
}

function since(at: Instant, now: Instant): string {
  return `${printDuration(between(at, now))}, since ${printMinute(at)}`;
}
