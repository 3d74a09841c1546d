import type { ImageEvidence, SignatureFact } from "../domain/evidence.ts";
import { add, type Duration, earliest, type Instant, parseDuration } from "../domain/time.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { Vouched } from "../domain/vouched.ts";

/** Whoever answers that an answer holds for a moment only is not asked without end. */
const NOT_SOONER: Duration = parseDuration("1m");
/** What could not be asked for may have come meanwhile, and its event is gone. */
const AFTER_FAULT: Duration = parseDuration("30m");
/** Whoever did not say whether a certificate has been revoked is asked again. */
const AFTER_SILENCE: Duration = parseDuration("10m");

/**
 * When the image is to be judged again though nothing happens to it: when the policy says another thing of the same facts, when what is known of a
 * signature ends (also where no rule asks for it: that it is not signed any more is told), when a scan may have ended, or when something could not be asked for.
 */
export function lookAgainAt({ recheckAt }: Verdict, evidence: ImageEvidence, now: Instant): Instant | undefined {
  const { signatures, ...rest } = evidence;
  const soonest = add(now, NOT_SOONER);
  const known = "signatures" in signatures ? endsIn(signatures.signatures, rest, now) : [];
  const scans = scansIn(evidence, now);
  const ends = isWhole(evidence) ? [...known, ...scans] : [...known, ...scans, add(now, AFTER_FAULT)];
  const next = ends.filter((end) => end >= now).map((end) => (end < soonest ? soonest : end));
  return earliest([recheckAt, ...next]);
}

/** Whether everything could be asked for, of its children too. */
function isWhole({ signatures, config, findings, children }: ImageEvidence): boolean {
  return signatures.kind === "examined" && config.kind !== "unavailable" && findings.kind !== "unavailable" && children.every(isWhole);
}

/** Of scans that run, of its children too. That one has ended is told once, and no registry sends every event. */
function scansIn({ findings, children }: ImageEvidence, now: Instant): readonly Instant[] {
  const own = findings.kind === "pending" ? [findings.until ?? add(now, AFTER_FAULT)] : [];
  return [...own, ...children.flatMap((child) => scansIn(child, now))];
}

/** Of signatures on the image, and of those on what was told about it. */
function endsIn(
  facts: readonly SignatureFact[],
  { attestations, vex, inventory }: Pick<ImageEvidence, "attestations" | "vex" | "inventory">,
  now: Instant,
): readonly Instant[] {
  const isOpen = facts.some(({ code }) => code === "revocation-unknown");
  const told: readonly Vouched[] = [
    ...(attestations.kind === "examined" ? attestations.statements : []),
    ...(vex.kind === "examined" ? vex.statements : []),
    ...(inventory.kind === "reported" ? inventory.inventories : []),
  ];
  const ends = [...facts, ...told.flatMap(({ signedBy = [] }) => signedBy)].flatMap(({ goodUntil }) => goodUntil ?? []);
  return isOpen ? [...ends, add(now, AFTER_SILENCE)] : ends;
}
