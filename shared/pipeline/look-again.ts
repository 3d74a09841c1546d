import type { ImageEvidence, SignatureFact } from "../domain/evidence.ts";
import { add, type Duration, earliest, type Instant, parseDuration } from "../domain/time.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { Vouched } from "../domain/vouched.ts";

/** Whoever answers that an answer holds for a moment only is not asked without end. */
const NOT_SOONER: Duration = parseDuration("1m");
/** What could not be asked for may have come meanwhile, and its event is gone. */
const AFTER_FAULT: Duration = parseDuration("30m");

/**
 * When the image is to be judged again though nothing happens to it: when the policy says another thing of the same facts, when what is known of a
 * signature ends (also where no rule asks for it: that it is not signed any more is told), or when signatures could not be asked for.
 */
export function lookAgainAt({ recheckAt }: Verdict, { signatures, ...rest }: ImageEvidence, now: Instant): Instant | undefined {
  const soonest = add(now, NOT_SOONER);
  const known = "signatures" in signatures ? endsIn(signatures.signatures, rest) : [];
  const ends = signatures.kind === "examined" ? known : [...known, add(now, AFTER_FAULT)];
  const next = ends.filter((end) => end >= now).map((end) => (end < soonest ? soonest : end));
  return earliest([recheckAt, ...next]);
}

/** Of signatures on the image, and of those on what was told about it. */
function endsIn(
  facts: readonly SignatureFact[],
  { attestations, vex, inventory }: Pick<ImageEvidence, "attestations" | "vex" | "inventory">,
): readonly Instant[] {
  const told: readonly Vouched[] = [
    ...(attestations.kind === "examined" ? attestations.statements : []),
    ...(vex.kind === "examined" ? vex.statements : []),
    ...(inventory.kind === "reported" ? inventory.inventories : []),
  ];
  return [...facts, ...told.flatMap(({ signedBy = [] }) => signedBy)].flatMap(({ goodUntil }) => goodUntil ?? []);
}
