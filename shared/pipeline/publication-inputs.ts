import { createHash } from "node:crypto";
import { canonicalJson } from "../audit/canonical.ts";
import { type Digest, parseDigest } from "../domain/digest.ts";
import type { ImageEvidence } from "../domain/evidence.ts";

const VERDICT_PREDICATE = "https://slsa.dev/verification_summary/v1";

/**
 * Digest of what a verdict rests on. Neither times of gathering nor places count, nor summaries of verdicts: publishing changes these, and must not be
 * a reason to publish again.
 */
export function inputsOf(evidence: ImageEvidence): Digest {
  const text = canonicalJson(factsIn(evidence));
  return parseDigest(`sha256:${createHash("sha256").update(text).digest("hex")}`);
}

function factsIn(evidence: ImageEvidence): unknown {
  const { subject, findings, content = [], signatures, config, inventory, attestations, vex, children, missingChildren } = evidence;
  const reports = [...(findings.kind === "reported" ? findings.reports : []), ...content];
  return {
    image: subject.digest,
    findings: findings.kind,
    reports: reports.map(({ digest }) => digest).sort(),
    signatures: signatures.kind === "examined" ? signersIn(signatures.signatures) : signatures.kind,
    config,
    inventory: inventory.kind === "reported" ? inventory.inventories.map(({ digest }) => digest).sort() : inventory.kind,
    statements:
      attestations.kind === "examined"
        ? distinct(attestations.statements.filter(({ predicateType }) => predicateType !== VERDICT_PREDICATE).map(withoutPlace))
        : attestations.kind,
    vex: vex.kind === "examined" ? distinct(vex.statements.map(withoutPlace)) : vex.kind,
    children: children.map(factsIn),
    missingChildren,
  };
}

/** A manifest that several signers share has another digest after each of them. */
function withoutPlace({ place: _place, ...said }: { readonly place: string }): unknown {
  return said;
}

type Signatures = Extract<ImageEvidence["signatures"], { readonly kind: "examined" }>["signatures"];

function signersIn(signatures: Signatures): readonly string[] {
  const good = signatures.filter(({ code }) => code === "ok");
  return distinct(good.map(({ format, identity }) => ({ format, identity })));
}

/** In one order, whatever order the registry lists them in. */
function distinct(values: readonly unknown[]): readonly string[] {
  return [...new Set(values.map(canonicalJson))].sort();
}
