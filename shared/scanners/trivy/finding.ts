import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { CvssClaim, Finding, FindingStatus, FixState, PackageRef, SeverityClaim } from "../../domain/finding.ts";
import { type Severity, severityFromWord } from "../../domain/severity.ts";
import { given } from "../../oci/document.ts";
import { readAliases, readTime, short, textMember } from "../../runtime/lenient.ts";
import type { Share } from "../../runtime/sharing.ts";
import { TRIVY_VULNERABILITY, type TrivyModified, type TrivyResult, type TrivyVulnerability } from "./schema.ts";

/** A finding, or `undefined` where the entry has no id. */
export function readEntry(entry: object, result: TrivyResult, share: Share): Finding | undefined {
  const finding = readFinding(TRIVY_VULNERABILITY.parse(entry), result);
  if (finding === undefined) return undefined;
  const { severities, package: found, fix, cvss } = finding;
  const shared = { severities: share(severities), package: share(found), fix: share(fix) };
  return cvss === undefined ? { ...finding, ...shared } : { ...finding, ...shared, cvss: share(cvss) };
}

function readFinding(entry: TrivyVulnerability, result: TrivyResult): Finding | undefined {
  const id = short(entry.VulnerabilityID?.trim(), 200);
  if (id === "") return undefined;
  const cvss = readScores(entry);
  return {
    id,
    aliases: readAliases(entry.VendorIDs ?? [], id),
    severity: severityFromWord(entry.Severity ?? undefined),
    severities: readClaims(entry),
    ...given("score", highestScore(cvss)),
    package: readPackage(entry, result),
    ...(cvss.length === 0 ? {} : { cvss }),
    fix: readFix(entry),
    ...textMember("title", entry.Title, 300),
    ...given("publishedAt", readTime(entry.PublishedDate)),
  };
}

function readPackage(entry: TrivyVulnerability, { Type, Target, Class }: TrivyResult): PackageRef {
  const { PkgName, InstalledVersion, PkgIdentifier, PkgPath, SrcName, Layer } = entry;
  return {
    name: short(PkgName, 300),
    version: short(InstalledVersion, 200),
    type: short(Type, 100),
    ...textMember("purl", PkgIdentifier?.PURL, 500),
    ...textMember("path", PkgPath ?? (Class === "lang-pkgs" ? Target : undefined), 500),
    ...textMember("source", SrcName, 300),
    ...textMember("layer", Layer?.DiffID || Layer?.Digest, 200),
  };
}

// trivy/pkg/types/finding.go: what the scanner was told to leave out, by an ignore file or a VEX document.
const SUPPRESSED: Readonly<Record<string, FindingStatus["kind"]>> = {
  not_affected: "not-affected",
  fixed: "vex-fixed",
  under_investigation: "under-investigation",
};

/** A finding that Trivy left out; `undefined` where it is no vulnerability. */
export function readModified({ Status, Statement, Source, Finding: entry }: TrivyModified, result: TrivyResult): Finding | undefined {
  const finding = entry ? readFinding(entry, result) : undefined;
  if (finding === undefined) return undefined;
  const why = [Source, Statement].filter(Boolean).join(": ");
  return { ...finding, status: { kind: SUPPRESSED[Status ?? ""] ?? "suppressed", by: "trivy", ...textMember("why", why, 300) } };
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

/** `CVSS` holds for each source the scores and vectors of several versions. */
function readScores({ CVSS }: TrivyVulnerability): readonly CvssClaim[] {
  return Object.entries(CVSS ?? {}).flatMap(([source, given]) =>
    [
      readCvss(short(source, 100), { version: "2.0", ...fieldsOf(given, "V2Score", "V2Vector") }),
      readCvss(short(source, 100), { version: "3.1", ...fieldsOf(given, "V3Score", "V3Vector") }),
      readCvss(short(source, 100), { version: "4.0", ...fieldsOf(given, "V40Score", "V40Vector") }),
    ].filter((claim) => claim !== undefined),
  );
}

function fieldsOf(from: Readonly<Record<string, unknown>>, score: string, vector: string) {
  const { [score]: number, [vector]: line } = from;
  return { ...(typeof number === "number" ? { score: number } : {}), ...(typeof line === "string" ? { vector: line } : {}) };
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
