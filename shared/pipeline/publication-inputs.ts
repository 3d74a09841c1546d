import { createHash } from "node:crypto";
import { canonicalJson } from "../audit/canonical.ts";
import { type Digest, parseDigest } from "../domain/digest.ts";
import type { ImageEvidence } from "../domain/evidence.ts";
import type { Vouched, Voucher } from "../domain/vouched.ts";

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
  const inventories = inventory.kind === "reported" ? inventory.inventories : [];
  const statements = attestations.kind === "examined" ? attestations.statements : [];
  return {
    image: subject.digest,
    findings: findings.kind,
    reports: reports.map(({ digest }) => digest).sort(),
    signatures: "signatures" in signatures ? signersIn(signatures.signatures) : signatures.kind,
    config,
    inventory: [inventory.kind, ...distinct(inventories.map(({ digest, signedBy }) => [digest, namesIn(signedBy)]))],
    statements: [attestations.kind, ...distinct(statements.filter(({ predicateType }) => predicateType !== VERDICT_PREDICATE).map(said))],
    vex: vex.kind === "examined" ? distinct(vex.statements.map(said)) : vex.kind,
    children: children.map(factsIn),
    missingChildren,
  };
}

/** What was said and who vouches for it; where it lies is left out, for a manifest that several signers share has another digest after each of them. */
function said({ place: _place, signedBy, ...words }: Vouched & { readonly place: string }): unknown {
  return { ...words, by: namesIn(signedBy) };
}

function namesIn(vouchers: readonly Voucher[] = []): readonly string[] {
  return distinct(vouchers.flatMap(({ names }) => names));
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
