import type { Strength } from "./action.ts";
import { isDigest } from "./digest.ts";
import type { Probe } from "./probe.ts";

/**
 * What the probes prove, which may be less than what the mechanism is declared to do: the weakest way that still serves decides. A way of the
 * registry itself that could not be asked proves nothing and counts as open; a replica that could not be asked is only said.
 */
export function provenStrength(declared: Strength, probes: readonly Probe[]): Strength {
  const open = probes.filter(({ answer, isReplica }) => answer === "served" || (answer === "unknown" && isReplica !== true));
  if (open.some(({ reference }) => !isDigest(reference))) return "advisory";
  if (open.length > 0) return "untagged";
  return declared === "blocked" ? "blocked" : "hidden";
}
