import type { ContentFinding, ContentKind } from "../../domain/content-finding.ts";
import type { Finding, FindingStatus, PackageRef, SeverityClaim } from "../../domain/finding.ts";
import { lookUp } from "../../domain/look-up.ts";
import { type Severity, severityFromScore, severityFromWord } from "../../domain/severity.ts";
import { given } from "../../oci/document.ts";
import { readAliases, short, textMember } from "../../runtime/lenient.ts";
import { NO_RULE, type SarifResult, type SarifRule, type SarifRun } from "./schema.ts";

/** A result with the rule that it is of. */
export interface Ruled {
  readonly result: SarifResult;
  readonly rule: SarifRule;
  /** The rule's id; empty where nobody gives one. */
  readonly ruleId: string;
  readonly tool: string;
}

export function withRules({ tool: { driver }, results }: SarifRun): readonly Ruled[] {
  const byId = new Map(driver.rules.map((rule) => [rule.id, rule]));
  return (results ?? []).map((result) => {
    const named = result.ruleId || result.rule.id;
    const rule = byId.get(named) ?? driver.rules[Math.max(result.ruleIndex, result.rule.index)] ?? NO_RULE;
    return { result, rule, ruleId: short(named || rule.id, 200), tool: short(driver.name, 100) };
  });
}

// Ids of vulnerabilities and of advisories on one: what else follows in a rule's id (a package's name, say) is the tool's.
const ID =
  /\b(?:CVE-\d{4}-\d+|GHSA(?:-[0-9a-z]{4}){3}|SNYK-[A-Z0-9-]+|GO-\d{4}-\d+|PYSEC-\d{4}-\d+|RUSTSEC-\d{4}-\d+|(?:DSA|DLA|USN|ELSA|ALAS2?|TEMP|OSV|MAL)-[0-9A-Za-z-]+|RH[SBE]A-\d{4}:\d+)/;

/** Whether it tells of a package with a known vulnerability, and not of a secret, a misconfiguration or the code. */
export function isVulnerability({ rule, ruleId }: Ruled): boolean {
  return ID.test(ruleId) || rule.properties.tags.includes("vulnerability") || rule.properties.purls.length > 0;
}

export function readFinding(ruled: Ruled): Finding {
  const { rule, ruleId, tool } = ruled;
  const id = ID.exec(ruleId)?.[0] ?? ruleId;
  const claims = readClaims(ruled);
  const counting = countingOf(claims);
  const words = `${rule.fullDescription.text} ${rule.shortDescription.text}`.slice(0, 5_000);
  return {
    id,
    aliases: id.startsWith("CVE-") ? [] : readAliases(onlyOne(words.match(/\bCVE-\d{4}-\d+/g) ?? []), id),
    severity: counting.severity,
    severities: [{ ...counting, source: tool }, ...claims],
    ...given("score", scoreOf(ruled)),
    package: readPackage(ruled),
    fix: readFix(ruled),
    ...textMember("title", rule.shortDescription.text, 300),
    ...given("status", readStatus(ruled)),
  };
}

function countingOf(claims: readonly SeverityClaim[]): SeverityClaim {
  return claims.find(({ severity }) => severity !== "unknown") ?? { source: "", raw: "", severity: "unknown" };
}

function onlyOne(ids: readonly string[]): readonly string[] {
  return new Set(ids).size === 1 ? ids.slice(0, 1) : [];
}

const KINDS: readonly (readonly [RegExp, ContentKind])[] = [
  [/secret|gitleaks|trufflehog/i, "secret"],
  [/licen[cs]e/i, "licence"],
  [/malware|clamav/i, "malware"],
];

/** Rule and place, never the message or a snippet: they quote what was found. */
export function readContent(ruled: Ruled): ContentFinding {
  const { rule, ruleId, tool, result } = ruled;
  const words = [...rule.properties.tags, rule.name, tool].join(" ");
  return {
    kind: KINDS.find(([pattern]) => pattern.test(words))?.[1] ?? "misconfiguration",
    rule: ruleId || tool,
    title: short(rule.shortDescription.text || rule.name || ruleId || tool, 300),
    severity: countingOf(readClaims(ruled)).severity,
    ...textMember("path", placeOf(result), 500),
  };
}

function placeOf({ locations: [first] }: SarifResult): string {
  if (first === undefined) return "";
  const { artifactLocation, region } = first.physicalLocation;
  return artifactLocation.uri === "" || region.startLine <= 0 ? artifactLocation.uri : `${artifactLocation.uri}:${region.startLine}`;
}

function scoreOf({ rule, result }: Ruled): number | undefined {
  const raw = result.properties["security-severity"] || rule.properties["security-severity"];
  const score = raw === "" ? Number.NaN : Number(raw);
  return score >= 0 && score <= 10 ? score : undefined;
}

// An error is high or critical: which of them, the level does not say.
const LEVELS: Readonly<Record<string, Severity>> = { warning: "medium", note: "low" };

/** What is said of the severity, best first: the number, the tool's word, the level. */
function readClaims(ruled: Ruled): readonly SeverityClaim[] {
  const { rule, result } = ruled;
  const score = scoreOf(ruled);
  const told = [rule.help, rule.shortDescription, result.message].map(({ text }) => text.slice(0, 2_000)).join("\n");
  const word = /(?:^|\n)\s*Severity:\s*(\w+)/i.exec(told)?.[1] ?? /(?:^|\n)\s*(\w+) severity\b/i.exec(told)?.[1];
  return [
    ...(score === undefined ? [] : [{ source: "security-severity", raw: String(score), severity: severityFromScore(score) }]),
    ...(word === undefined ? [] : [{ source: "text", raw: short(word, 100), severity: severityFromWord(word) }]),
    { source: "level", raw: short(result.level, 100), severity: lookUp(LEVELS, result.level) ?? "unknown" },
  ];
}

/** Trivy and Grype write lines `Package: openssl`; Snyk `name@version` behind the ids; Grype also purls. */
function readPackage(ruled: Ruled): PackageRef {
  const { rule } = ruled;
  const [, path = "", version = ""] = /(?:^|\s)([^\s@()]+)@([^\s@]+)$/.exec(rule.fullDescription.text.slice(0, 2_000)) ?? [];
  return {
    name: short(lineOf(ruled, "Package") || path.slice(path.lastIndexOf("/") + 1), 300),
    version: short(lineOf(ruled, "Installed Version") || lineOf(ruled, "Version") || version, 200),
    type: short(lineOf(ruled, "Type"), 100),
    ...textMember("purl", onlyOne(rule.properties.purls)[0], 500),
    ...textMember("source", path.includes("/") ? path.slice(0, path.indexOf("/")) : "", 300),
  };
}

function readFix(ruled: Ruled): Finding["fix"] {
  const versions = (lineOf(ruled, "Fixed Version") || lineOf(ruled, "Fix Version"))
    .split(",")
    .map((version) => short(version.trim(), 200))
    .filter((version) => version !== "");
  return { state: versions.length > 0 ? "fixed" : "unknown", versions: [...new Set(versions)] };
}

/** The rest of the line `name: ...`, in the result's message or else the rule's help. */
function lineOf({ result, rule }: Ruled, name: string): string {
  for (const { text } of [result.message, rule.help]) {
    const line = text
      .slice(0, 5_000)
      .split("\n")
      .find((each) => each.startsWith(`${name}:`));
    if (line !== undefined) return line.slice(name.length + 1).trim();
  }
  return "";
}

/** SARIF 2.1.0, 3.35: a suppression that is under review or was rejected is none. */
export function isSuppressed({ result }: Ruled): boolean {
  return result.suppressions.some(({ status }) => status !== "underReview" && status !== "rejected");
}

function readStatus(ruled: Ruled): FindingStatus | undefined {
  if (!isSuppressed(ruled)) return undefined;
  return { kind: "suppressed", by: slugOf(ruled.tool), ...textMember("why", ruled.result.suppressions[0]?.justification, 300) };
}

/** The name that other formats of the same tool go by: `Snyk Container` is `snyk-container`. */
export function slugOf(tool: string): string {
  return short(tool.trim().toLowerCase().replace(/\s+/g, "-"), 100);
}
