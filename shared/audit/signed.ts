import type { ImageEvidence, SignatureCode, SignatureFact } from "../domain/evidence.ts";
import { type KnownSignature, LOSS_CAUSES, type LossCause, type Signed } from "../domain/signed.ts";
import type { Instant } from "../domain/time.ts";

/** As many are remembered; images have one or two. */
const MOST_KNOWN = 16;

export interface Seen {
  readonly evidence: Pick<ImageEvidence, "signatures" | "attached">;
  /** Signatures could not be examined, and the registry said of each that was known that it does not have it. */
  readonly isProvenGone: boolean;
  /** Version of the policy that they were examined by. */
  readonly policy: string;
  /** Whom the registry named for what it is judged again for. */
  readonly actor?: string;
  readonly at: Instant;
}

/**
 * What is remembered of an image's accepted signatures after another look at it. One that is accepted is enough: which ones an image has to have
 * is a matter of the rules. What could not be examined, or not to its end, is no loss.
 */
export function followSigned(before: Signed | undefined, seen: Seen): Signed | undefined {
  const { evidence, policy } = seen;
  const accepted = "signatures" in evidence.signatures ? acceptedIn(evidence.signatures.signatures) : [];
  if (accepted.length > 0) return { signatures: accepted, policy };
  if (before === undefined || before.loss !== undefined) return before;
  const cause = causeOf(before, seen);
  if (cause === undefined) return before;
  const isAct = cause === "deleted" || cause === "replaced";
  return { ...before, loss: { at: seen.at, cause, ...(isAct && seen.actor !== undefined ? { actor: seen.actor } : {}) } };
}

function acceptedIn(facts: readonly SignatureFact[]): readonly KnownSignature[] {
  const known = facts.flatMap(({ format, place, code, identity }) =>
    code === "ok" && identity !== undefined ? [{ format, place, identity }] : [],
  );
  const distinct = new Map(known.map((each) => [`${each.identity}\n${each.place}`, each]));
  return [...distinct]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, each]) => each)
    .slice(0, MOST_KNOWN);
}

/** @returns undefined as long as it is open for one of them whether it is lost. */
function causeOf({ signatures, policy }: Signed, seen: Seen): LossCause | undefined {
  if (seen.isProvenGone) return "deleted";
  if (seen.evidence.signatures.kind !== "examined") return undefined;
  const facts = seen.evidence.signatures.signatures;
  const fates = signatures.map((known) => fateOf(known, facts, seen.evidence.attached ?? [], policy === seen.policy));
  return fates.includes("open") ? undefined : LOSS_CAUSES.find((cause) => fates.includes(cause));
}

// What these say is about us, or about the moment, and not about the signature.
const OPEN: readonly SignatureCode[] = ["revocation-unknown", "unsupported", "too-large"];

function fateOf(
  { format, place }: KnownSignature,
  facts: readonly SignatureFact[],
  attached: readonly string[],
  isSamePolicy: boolean,
): LossCause | "open" {
  const codes = facts.filter((fact) => fact.format === format && fact.place === place).map(({ code }) => code);
  if (codes.length === 0) return attached.includes(place) || facts.some(({ code }) => code === "too-large") ? "open" : "deleted";
  if (codes.some((code) => OPEN.includes(code))) return "open";
  if (codes.includes("revoked")) return "revoked";
  if (codes.includes("expired")) return "expired";
  // A digest names one content for ever: if that cannot be read any more it is gone. Under a tag there may be another.
  if (place.includes(":")) return codes.includes("malformed") ? "deleted" : "distrusted";
  return isSamePolicy ? "replaced" : "distrusted";
}
