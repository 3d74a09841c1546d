import * as z from "zod";
import type { SignatureCode, SignatureEvidence, SignatureFact } from "../../domain/evidence.ts";
import { parseDuration } from "../../domain/time.ts";
import { duration } from "../field.ts";
import { defineRule, type Fact, type Judgement, SATISFIED } from "../rule.ts";
import { graceFor, withGrace } from "./fact.ts";

const SHAPE = {
  keys: z
    .array(z.string())
    .min(1, { error: "name at least one signer, or leave keys out to accept any trusted one" })
    .optional()
    .describe("Names of the keys and identities that count; everybody whom the policy trusts where it is left out."),
  grace: duration()
    .default(parseDuration("30s"))
    .describe(
      "How long after an image was first seen its signature may still be on its way; until then the verdict is indeterminate. 30s where it is left out.",
    ),
  untaggedGrace: duration()
    .default(parseDuration("15m"))
    .describe(
      "The same for an image without a tag: it may be a platform of an index that is still being put together, and the index carries the signature. 15m where it is left out.",
    ),
} as const;

/** Signed by somebody who counts. An index is signed as a whole: its children need no signature of their own. */
export const signatureRequired = defineRule({
  kind: "signature-required",
  doc: "Signed by somebody who is trusted, with a key or a certificate.",
  scope: "whole",
  shape: SHAPE,
  judge: (params, context): Judgement => {
    const { signatures } = context.evidence;
    if (signatures.kind !== "examined") return { facts: [unexamined(signatures)] };
    const accepted = params.keys ?? context.trustedSigners;
    if (signatures.signatures.some((fact) => isAccepted(fact, accepted))) return SATISFIED;
    const fact = missing(signatures.signatures, accepted);
    return fact.status === "unknown" ? { facts: [fact] } : withGrace(fact, "a signature", graceFor(params, context), context);
  },
});

function isAccepted({ code, identity }: SignatureFact, accepted: readonly string[]): boolean {
  return code === "ok" && identity !== undefined && accepted.includes(identity);
}

function unexamined(signatures: Exclude<SignatureEvidence, { readonly kind: "examined" }>): Fact {
  const words = signatures.kind === "pending" ? "signatures are being examined" : "could not ask for signatures";
  const remedy =
    signatures.kind === "pending" ? "wait for the examination to end" : "make the place of the signatures reachable; it is asked again";
  return { status: "unknown", about: ["signatures"], message: `${words}: ${signatures.why}`, remedy, severity: "unknown" };
}

function missing(found: readonly SignatureFact[], accepted: readonly string[]): Fact {
  const remedy = accepted.length === 0 ? "trust a key or identity in the policy, then sign with it" : `sign it as ${accepted.join(" or ")}`;
  const wanted = accepted.length === 0 ? "nobody" : accepted.join(", ");
  if (found.length === 0)
    return {
      status: "violated",
      about: ["unsigned"],
      message: `not signed: no signature was found (accepted: ${wanted})`,
      remedy,
      severity: "high",
    };
  // A revocation list that could not be read leaves open whether a signature is good.
  const isOpen = found.some(({ code }) => code === "revocation-unknown");
  return {
    status: isOpen ? "unknown" : "violated",
    about: ["not-accepted"],
    message: `${isOpen ? "signature may be revoked" : "signed by nobody that counts"}: found ${printFound(found)} (accepted: ${wanted})`,
    remedy,
    severity: isOpen ? "unknown" : "high",
  };
}

function printFound(found: readonly SignatureFact[]): string {
  const signers = [...new Set(found.flatMap(({ code, identity }) => (code === "ok" && identity !== undefined ? [identity] : [])))];
  const codes = Map.groupBy(
    found.filter(({ code }) => code !== "ok"),
    ({ code }): SignatureCode => code,
  );
  const faults = [...codes].map(([code, facts]) => (facts.length === 1 ? code : `${code} (${facts.length})`)).sort();
  return [...signers, ...faults].join(", ");
}
