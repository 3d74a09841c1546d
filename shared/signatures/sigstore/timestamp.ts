import type { Instant } from "../../domain/time.ts";
import { expect, malformed, readDer, SEQUENCE, sequence } from "../der.ts";
import { readCount } from "../der-values.ts";
import { type TimestampOutcome, verifyTimestamp } from "../timestamp.ts";
import { isValidAt } from "../x509.ts";
import { constraintsOf } from "../x509-usage.ts";
import { type Objection, objection } from "./objection.ts";
import { type Authority, isWithin } from "./root.ts";

/** The signature existed at some instant of this range, by the word of a trusted authority. */
export interface Stamped {
  readonly kind: "stamped";
  readonly from: Instant;
  readonly to: Instant;
}

const PLACE = "timestamp";
// RFC 3161, 2.4.2: granted, and granted with changes.
const LAST_GRANTED = 1;

/**
 * Verifies a timestamp response over a signature.
 * @throws AdapterError malformed, too-large, unsupported
 */
export function verifyStamp(response: Uint8Array, signature: Uint8Array, authorities: readonly Authority[]): Stamped | Objection {
  const [status, token, ...more] = sequence(readDer(response, PLACE), PLACE);
  if (more.length > 0 || readCount(sequence(status, PLACE)[0], PLACE) > LAST_GRANTED)
    throw malformed(PLACE, "a request that was not granted");
  const { bytes } = expect(token, SEQUENCE, PLACE);
  const outcomes = authorities.map((authority) => outcomeUnder(authority, bytes, signature));
  const good = outcomes.find((outcome) => outcome.kind === "stamped");
  return good ?? outcomes.find((outcome) => outcome.kind === "objection" && outcome.code !== "untrusted-root") ?? outcomes[0] ?? UNTRUSTED;
}

const UNTRUSTED = objection("untrusted-root", "its timestamp was made by no authority that is trusted");

function outcomeUnder({ chain, window }: Authority, token: Uint8Array, signature: Uint8Array): Stamped | Objection {
  const certificates = chain.map(({ certificate }) => certificate);
  const [first] = certificates;
  // A root that names the signer's own certificate trusts that one, and no other of the same issuer.
  const isPinned = first !== undefined && constraintsOf(first)?.isAuthority !== true;
  const outcome = verifyTimestamp(token, signature, isPinned ? [first] : certificates);
  if (outcome.kind !== "verified") return objectionTo(outcome);
  const { from, to } = outcome.timestamp;
  const isTrustedThen = [from, to].every((at) => isWithin(window, at) && certificates.every((each) => isValidAt(each, at)));
  return isTrustedThen
    ? { kind: "stamped", from, to }
    : objection("untrusted-root", "its timestamp was made when its authority was not trusted");
}

function objectionTo({ kind, why }: Exclude<TimestampOutcome, { readonly kind: "verified" }>): Objection {
  return kind === "untrusted" ? UNTRUSTED : objection("signature-invalid", `its timestamp: ${why}`);
}
