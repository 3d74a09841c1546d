import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { CvssClaim, Exploit, Finding, FindingStatus, FixState, PackageRef, SeverityClaim } from "../../domain/finding.ts";
import { lookUp } from "../../domain/look-up.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { given } from "../../oci/document.ts";
import { readAliases, readLooseTime, short, textMember } from "../../runtime/lenient.ts";
import type { GrypeIgnored, GrypeMatch } from "./schema.ts";

/** A finding, or `undefined` where the match has no id. */
export function readFinding(match: GrypeMatch): Finding | undefined {
  const { vulnerability, artifact } = match;
  const id = short(vulnerability.id?.trim(), 200);
  if (id === "") return undefined;
  const cvss = readScores(match);
  return {
    id,
    aliases: readRelated(match, id),
    severity: severityFromWord(vulnerability.severity ?? undefined),
    severities: readClaims(match),
    ...given("score", highestScore(cvss)),
    package: readPackage(artifact),
    ...(cvss.length === 0 ? {} : { cvss }),
    fix: readFix(vulnerability),
    ...given("exploit", readExploit(vulnerability)),
  };
}

/** A match that Grype left out, by a rule of its configuration or a VEX document that it was given. */
export function readIgnored(match: GrypeIgnored): Finding | undefined {
  const finding = readFinding(match);
  return finding === undefined ? undefined : { ...finding, status: readStatus(match) };
}

function readStatus({ appliedIgnoreRules }: GrypeIgnored): FindingStatus {
  const [rule] = appliedIgnoreRules ?? [];
  const stated = rule?.["vex-status"] ?? "";
  const why = short(rule?.["vex-justification"] || rule?.reason, 300);
  const kind = stated === "not_affected" ? "not-affected" : stated === "fixed" ? "vex-fixed" : "suppressed";
  return { kind, by: "grype", ...(why === "" ? {} : { why }) };
}

/**
 * Other names. A match of a GHSA id relates to the CVE of the same vulnerability; two CVE ids are two vulnerabilities, and an advisory that
 * relates to several bundles them.
 */
function readRelated({ relatedVulnerabilities }: GrypeMatch, id: string): readonly string[] {
  const related = readAliases(
    (relatedVulnerabilities ?? []).map((each) => each.id),
    id,
  );
  const cves = related.filter((each) => each.startsWith("CVE-"));
  return id.startsWith("CVE-") || cves.length > 1 ? related.filter((each) => !each.startsWith("CVE-")) : related;
}

/** The severity that counts comes first, in Grype's own word. */
function readClaims({ vulnerability, relatedVulnerabilities }: GrypeMatch): readonly SeverityClaim[] {
  return [vulnerability, ...(relatedVulnerabilities ?? []).filter(({ severity }) => severity)].map(({ namespace, severity }) => ({
    source: short(namespace || "grype", 100),
    raw: short(severity, 100),
    severity: severityFromWord(severity ?? undefined),
  }));
}

function readScores({ vulnerability, relatedVulnerabilities }: GrypeMatch): readonly CvssClaim[] {
  const current = [vulnerability, ...(relatedVulnerabilities ?? [])].flatMap(({ cvss, namespace }) =>
    (cvss ?? []).map(({ source, version, vector, metrics }) =>
      readCvss(short(source || namespace || "grype", 100), {
        ...given("version", version),
        ...given("vector", vector),
        ...given("score", metrics?.baseScore),
      }),
    ),
  );
  const { cvssV2, cvssV3 } = vulnerability;
  const old = [
    cvssV2 ? readCvss("grype", { version: "2.0", ...given("vector", cvssV2.vector), ...given("score", cvssV2.baseScore) }) : undefined,
    cvssV3 ? readCvss("grype", { version: "3.1", ...given("vector", cvssV3.vector), ...given("score", cvssV3.baseScore) }) : undefined,
  ];
  return [...current, ...old].filter((claim) => claim !== undefined);
}

function readPackage({ name, version, type, purl, locations, upstreams, metadata }: GrypeMatch["artifact"]): PackageRef {
  const [place] = locations ?? [];
  return {
    name: short(name, 300),
    version: short(version, 200),
    type: short(type, 100),
    ...textMember("purl", purl, 500),
    ...textMember("path", place?.path, 500),
    ...textMember("source", upstreams?.[0]?.name || metadata?.Source || metadata?.source, 300),
    ...textMember("layer", place?.layerID, 200),
  };
}

// grype/vulnerability/fix.go.
const STATES: Readonly<Record<string, FixState>> = { fixed: "fixed", "not-fixed": "not-fixed", "wont-fix": "wont-fix" };

function readFix({ fix }: GrypeMatch["vulnerability"]): Finding["fix"] {
  const versions = [...new Set((fix?.versions ?? []).map((version) => short(version.trim(), 200)))].filter((version) => version !== "");
  const dates = (fix?.available ?? []).flatMap(({ date }) => readLooseTime(date) ?? []);
  const state = versions.length > 0 && fix?.state !== "wont-fix" ? "fixed" : (lookUp(STATES, fix?.state ?? "") ?? "unknown");
  return { state, versions, ...(dates.length === 0 ? {} : { availableAt: dates.reduce((a, b) => (a < b ? a : b)) }) };
}

function readExploit({ epss, knownExploited }: GrypeMatch["vulnerability"]): Exploit | undefined {
  const score = epss?.[0];
  const isKnown = (knownExploited ?? []).length > 0;
  if (score === undefined && !isKnown) return undefined;
  return {
    ...(isKnown ? { isKnownExploited: true } : {}),
    ...given("probability", asShare(score?.epss)),
    ...given("percentile", asShare(score?.percentile)),
  };
}

function asShare(value: number | null | undefined): number | undefined {
  return typeof value === "number" && value >= 0 && value <= 1 ? value : undefined;
}
