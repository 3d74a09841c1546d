import * as z from "zod";
import type { FindingsEvidence } from "../../domain/evidence.ts";
import type { FixState } from "../../domain/finding.ts";
import { atLeast, SEVERITIES, type Severity } from "../../domain/severity.ts";
import { printSources, unscanned } from "../evidence-words.ts";
import { countsAs, type MergedFinding } from "../findings.ts";
import { reportsOn } from "../image-findings.ts";
import { defineRule, type Fact, SATISFIED } from "../rule.ts";

const SHAPE = {
  atLeast: z.enum(SEVERITIES).describe("Findings of this severity and above violate the rule."),
  ignoreUnfixed: z.boolean().default(false).describe("Whether findings without a published fix are passed over."),
  unknownSeverityAs: z
    .enum([...SEVERITIES, "ignore"])
    .default("medium")
    .describe("What a finding counts as whose severity nobody gave. Unknown is not harmless: only `ignore` passes it over."),
} as const;

type Params = z.output<z.ZodObject<typeof SHAPE>>;

/** No finding of a given severity or above. A known finding violates whatever the age of its report; only its absence needs a report that is up to date. */
export const severityThreshold = defineRule({
  kind: "severity-threshold",
  doc: "No finding of a given severity or above.",
  scope: "each-image",
  shape: SHAPE,
  judge: (params, { evidence: { findings }, findings: merged }) => {
    const facts = violations(params, merged(), findings);
    if (findings.kind !== "reported") return { facts: [...facts, unscanned(findings)] };
    return facts.length === 0 ? SATISFIED : { facts };
  },
});

function violations(params: Params, merged: readonly MergedFinding[], evidence: FindingsEvidence): readonly Fact[] {
  return merged
    .filter((finding) => isTooSevere(params, finding) && (!params.ignoreUnfixed || finding.fix.state === "fixed"))
    .map((finding) => violation(params, finding, evidence));
}

function isTooSevere(params: Params, finding: MergedFinding): boolean {
  const counted = countsAs(finding, params.unknownSeverityAs);
  return counted !== "ignore" && atLeast(counted, params.atLeast);
}

function violation(params: Params, finding: MergedFinding, evidence: FindingsEvidence): Fact {
  const severity = ratedAbove(params, finding);
  const also = finding.aliases.length === 0 ? "" : `, also ${few(finding.aliases, ", ")}`;
  const limit = severity === "unknown" ? `counts as ${params.unknownSeverityAs}, limit ${params.atLeast}` : `limit ${params.atLeast}`;
  const sources = printSources(reportsOn(finding, evidence));
  return {
    status: "violated",
    about: [finding.id, finding.package],
    message: `${finding.id} in ${finding.package} ${few(finding.versions, " and ")}, severity ${severity} (${limit})${also}; ${fixWords(finding)} (${sources})`,
    remedy: remedy(finding),
    severity,
    finding,
  };
}

/** The severity that somebody gave; `unknown` where only a report without a rating makes it a violation. */
function ratedAbove(params: Params, { severity }: MergedFinding): Severity {
  return severity !== "unknown" && atLeast(severity, params.atLeast) ? severity : "unknown";
}

function fixWords({ fix }: MergedFinding): string {
  if (fix.state === "fixed") return fix.versions.length === 0 ? "a fix is published" : `fixed in ${few(fix.versions, " or ")}`;
  return UNFIXED[fix.state];
}

function remedy({ fix, package: name }: MergedFinding): string {
  if (fix.state !== "fixed") return `${UNFIXED[fix.state]}: remove ${name} or build on another base`;
  return fix.versions.length === 0 ? `update ${name} and build again` : `update ${name} to ${few(fix.versions, " or ")} and build again`;
}

/** Enough of a list for a sentence: reports may hold very long ones. */
function few(words: readonly string[], between: string): string {
  const most = 5;
  return words.length <= most ? words.join(between) : `${words.slice(0, most).join(between)} and ${words.length - most} more`;
}

const UNFIXED: Readonly<Record<Exclude<FixState, "fixed">, string>> = {
  "not-fixed": "no fix is published",
  deferred: "no fix is published, it is deferred",
  "wont-fix": "no fix is published, none will be",
  "end-of-life": "no fix is published, support has ended",
  unknown: "no fix is known",
};
