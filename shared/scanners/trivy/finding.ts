import type { Finding, FixState, PackageRef, SeverityClaim } from "../../domain/finding.ts";
import { ParseError } from "../../domain/parse-error.ts";
import { type Severity, severityFromWord } from "../../domain/severity.ts";
import { type Instant, parseInstant } from "../../domain/time.ts";
import type { TrivyResult, TrivyVulnerability } from "./schema.ts";

/** A finding, or `undefined` where the entry has no id. */
export function readFinding(entry: TrivyVulnerability, result: TrivyResult): Finding | undefined {
  const id = short(entry.VulnerabilityID?.trim(), 200);
  if (id === "") return undefined;
  const score = highestScore(entry.CVSS ?? {});
  const publishedAt = readTime(entry.PublishedDate);
  return {
    id,
    aliases: readAliases(entry, id),
    severity: severityFromWord(entry.Severity ?? undefined),
    severities: readClaims(entry),
    ...(score === undefined ? {} : { score }),
    package: readPackage(entry, result),
    fix: readFix(entry),
    ...(entry.Title ? { title: short(entry.Title, 300) } : {}),
    ...(publishedAt === undefined ? {} : { publishedAt }),
  };
}

function readPackage(
  { PkgName, InstalledVersion, PkgIdentifier, PkgPath }: TrivyVulnerability,
  { Type, Target, Class }: TrivyResult,
): PackageRef {
  const purl = short(PkgIdentifier?.PURL, 500);
  const path = short(PkgPath ?? (Class === "lang-pkgs" ? Target : undefined), 500);
  return {
    name: short(PkgName, 300),
    version: short(InstalledVersion, 200),
    type: short(Type, 100),
    ...(purl === "" ? {} : { purl }),
    ...(path === "" ? {} : { path }),
  };
}

// Ids that name one vulnerability. A distribution's advisory (DSA, RHSA, USN) bundles many and would join what is not the same.
const ALIAS = /^(?:CVE|GHSA|GO|PYSEC|RUSTSEC)-/;

function readAliases({ VendorIDs }: TrivyVulnerability, id: string): readonly string[] {
  return [...new Set((VendorIDs ?? []).map((alias) => short(alias, 200)))].filter((alias) => alias !== id && ALIAS.test(alias));
}

/** The severity that counts comes first, in the scanner's own word. */
function readClaims({ Severity: word, SeveritySource, VendorSeverity }: TrivyVulnerability): readonly SeverityClaim[] {
  const counting = {
    source: short(SeveritySource ?? "trivy", 100),
    raw: short(word, 100),
    severity: severityFromWord(word ?? undefined),
  };
  const vendors = Object.entries(VendorSeverity ?? {}).map(([source, level]) => ({
    source: short(source, 100),
    raw: short(String(level), 100),
    severity: vendorSeverity(level),
  }));
  return [counting, ...vendors];
}

// trivy-db types.Severity: UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL, counted from 0.
const LEVELS: readonly Severity[] = ["unknown", "low", "medium", "high", "critical"];

function vendorSeverity(level: number | string): Severity {
  return typeof level === "number" ? (LEVELS[level] ?? "unknown") : severityFromWord(level);
}

function highestScore(cvss: Readonly<Record<string, Readonly<Record<string, unknown>>>>): number | undefined {
  const scores = Object.values(cvss).flatMap(({ V2Score, V3Score, V40Score }) => [V2Score, V3Score, V40Score]);
  const valid = scores.flatMap((score) => (typeof score === "number" && score >= 0 && score <= 10 ? [score] : []));
  return valid.length === 0 ? undefined : Math.max(...valid);
}

// trivy-db types.Status.
const STATES: Readonly<Record<string, FixState>> = {
  fixed: "fixed",
  affected: "not-fixed",
  will_not_fix: "wont-fix",
  fix_deferred: "deferred",
  end_of_life: "end-of-life",
};

/** A version that is named is a fix, whatever the status says; without both nothing is known. One entry lists the fix of each branch. */
function readFix({ FixedVersion, Status }: TrivyVulnerability): Finding["fix"] {
  const versions = (FixedVersion ?? "")
    .split(",")
    .map((version) => short(version.trim(), 200))
    .filter((version) => version !== "");
  return { state: versions.length > 0 ? "fixed" : (STATES[Status ?? ""] ?? "unknown"), versions: [...new Set(versions)] };
}

/** `undefined` where the text is no time; Trivy writes the year 1 for "not known". */
export function readTime(text: string | null | undefined): Instant | undefined {
  try {
    return parseInstant(text ?? "");
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

/** At most `limit` characters; empty where there is no text. */
function short(text: string | null | undefined, limit: number): string {
  const given = text ?? "";
  return given.length > limit ? `${given.slice(0, limit - 3)}...` : given;
}
