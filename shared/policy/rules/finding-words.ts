import type { ImageEvidence } from "../../domain/evidence.ts";
import type { FixState } from "../../domain/finding.ts";
import type { Severity } from "../../domain/severity.ts";
import { printSources } from "../evidence-words.ts";
import { reportsOn } from "../findings/image-findings.ts";
import type { MergedFinding } from "../findings/merge.ts";
import type { Fact } from "../rule.ts";
import { few } from "./fact.ts";

/** The fact that a vulnerability violates a rule. `why`: what the rule has against it. */
export function findingFact(finding: MergedFinding, { findings }: ImageEvidence, why: string, severity: Severity = finding.severity): Fact {
  const also = finding.aliases.length === 0 ? "" : `, also ${few(finding.aliases)}`;
  const sources = printSources(reportsOn(finding, findings));
  return {
    status: "violated",
    about: [finding.id, finding.package],
    message: `${finding.id} in ${finding.package} ${few(finding.versions, " and ")}, ${why}${also}; ${fixWords(finding)} (${sources})`,
    remedy: remedy(finding),
    severity,
    finding,
  };
}

function fixWords({ fix }: MergedFinding): string {
  if (fix.state === "fixed") return fix.versions.length === 0 ? "a fix is published" : `fixed in ${few(fix.versions, " or ")}`;
  return UNFIXED[fix.state];
}

function remedy({ fix, package: name }: MergedFinding): string {
  if (fix.state !== "fixed") return `${UNFIXED[fix.state]}: remove ${name} or build on another base`;
  return fix.versions.length === 0 ? `update ${name} and build again` : `update ${name} to ${few(fix.versions, " or ")} and build again`;
}

const UNFIXED: Readonly<Record<Exclude<FixState, "fixed">, string>> = {
  "not-fixed": "no fix is published",
  deferred: "no fix is published, it is deferred",
  "wont-fix": "no fix is published, none will be",
  "end-of-life": "no fix is published, support has ended",
  unknown: "no fix is known",
};
