import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { CvssClaim, Exploit, Finding, FindingStatus, PackageRef, SeverityClaim } from "../../domain/finding.ts";
import { lookUp } from "../../domain/look-up.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { readAliases, readTime, short } from "../../runtime/lenient.ts";
import { type GoogleVulnerability, NAMELESS, type Occurrence, type PackageIssue } from "./schema.ts";

/** One finding for each package that the occurrence names; none where it has no id. */
export function readOccurrence(occurrence: Occurrence, vulnerability: GoogleVulnerability): readonly Finding[] {
  const id = short(occurrence.noteName?.split("/notes/")[1]?.trim() || vulnerability.shortDescription?.trim(), 200);
  if (id === "") return [];
  const named = vulnerability.packageIssue ?? [];
  // A vulnerability does not go away because its package was not named.
  const issues: readonly PackageIssue[] = named.length === 0 ? [NAMELESS] : named;
  const told = readTold(occurrence, vulnerability, id);
  return issues.map((issue) => ({
    ...told,
    ...readSeverities(vulnerability, issue),
    package: readPackage(issue),
    fix: readFix(issue, issues.length === 1 && vulnerability.fixAvailable === true),
  }));
}

type OfAllPackages = Omit<Finding, "package" | "fix" | "severity" | "severities">;

function readTold({ createTime }: Occurrence, vulnerability: GoogleVulnerability, id: string): OfAllPackages {
  const cvss = readScores(vulnerability);
  const score = highestScore(cvss);
  const firstSeenAt = readTime(createTime);
  const exploit = readExploit(vulnerability);
  const status = readStatus(vulnerability);
  return {
    id,
    aliases: readAliases([/^\S+$/.exec(vulnerability.shortDescription?.trim() ?? "")?.[0]], id),
    ...(score === undefined ? {} : { score }),
    ...(cvss.length === 0 ? {} : { cvss }),
    ...(firstSeenAt === undefined ? {} : { firstSeenAt }),
    ...(exploit === undefined ? {} : { exploit }),
    ...(status === undefined ? {} : { status }),
  };
}

/** The effective severity is the distribution's where there is one, else that of the note; of several packages each has its own. */
function readSeverities(vulnerability: GoogleVulnerability, issue: PackageIssue): Pick<Finding, "severity" | "severities"> {
  const words: readonly (readonly [string, string | null | undefined])[] = [
    ["google", vulnerability.effectiveSeverity],
    ["google package", issue.effectiveSeverity],
    ["google note", vulnerability.severity],
  ];
  const claims: readonly SeverityClaim[] = words.flatMap(([source, word]) =>
    word ? [{ source, raw: short(word, 100), severity: severityFromWord(word) }] : [],
  );
  const counting = [claims.find(({ source }) => source === "google package"), ...claims].find(
    (claim) => claim?.severity !== undefined && claim.severity !== "unknown",
  );
  return { severity: counting?.severity ?? "unknown", severities: claims };
}

/** The scores of each version, or the one that stands alone where none is given in full. */
function readScores({ cvssV2, cvssv3, cvssV4, cvssScore, cvssVersion }: GoogleVulnerability): readonly CvssClaim[] {
  const whole = [readScore("4", cvssV4?.baseScore), readScore("3", cvssv3?.baseScore), readScore("2", cvssV2?.baseScore)].flat();
  return whole.length > 0 ? whole : readScore(cvssVersion?.replace("UNSPECIFIED", ""), cvssScore);
}

/** A score of 0 stands for a message without one. */
function readScore(version: string | undefined, score: number | null | undefined): readonly CvssClaim[] {
  const claim = score ? readCvss("google", { version: version ?? null, score }) : undefined;
  return claim === undefined ? [] : [claim];
}

function readExploit({ risk }: GoogleVulnerability): Exploit | undefined {
  const { score, percentile } = risk?.epss ?? {};
  const isKnownExploited = risk?.cisaKev !== undefined && risk.cisaKev !== null;
  if (!isKnownExploited && !isShare(score)) return undefined;
  return {
    ...(isKnownExploited ? { isKnownExploited } : {}),
    ...(isShare(score) ? { probability: score } : {}),
    ...(isShare(percentile) ? { percentile } : {}),
  };
}

function isShare(value: number | null | undefined): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

const STATES: Readonly<Record<string, FindingStatus["kind"]>> = {
  NOT_AFFECTED: "not-affected",
  FIXED: "vex-fixed",
  UNDER_INVESTIGATION: "under-investigation",
};

function readStatus({ vexAssessment }: GoogleVulnerability): FindingStatus | undefined {
  const kind = lookUp(STATES, vexAssessment?.state ?? "");
  if (kind === undefined) return undefined;
  const { justificationType, details } = vexAssessment?.justification ?? {};
  const why = short([justificationType, details].filter((text) => text).join(": "), 300);
  return { kind, by: "container-analysis", ...(why === "" ? {} : { why }) };
}

type Version = PackageIssue["fixedVersion"];

function printVersion(version: Version): string {
  if (version?.fullName) return short(version.fullName, 200);
  if (!version?.name) return "";
  return short(`${version.epoch ? `${version.epoch}:` : ""}${version.name}${version.revision ? `-${version.revision}` : ""}`, 200);
}

/** The kind MAXIMUM stands for "no version has the fix". `fixAvailable` is left out where it is false. */
function readFix({ fixedVersion, fixAvailable }: PackageIssue, onlyOneIsFixable: boolean): Finding["fix"] {
  const version = fixedVersion?.kind === "MAXIMUM" ? "" : printVersion(fixedVersion);
  if (version !== "") return { state: "fixed", versions: [version] };
  return { state: fixAvailable === true || onlyOneIsFixable ? "fixed" : "not-fixed", versions: [] };
}

function readPackage({ affectedPackage, affectedVersion, packageType, fileLocation }: PackageIssue): PackageRef {
  const path = short(fileLocation?.[0]?.filePath, 500);
  const layer = short(fileLocation?.[0]?.layerDetails?.diffId, 200);
  return {
    name: short(affectedPackage, 300),
    version: printVersion(affectedVersion),
    type: short(packageType, 100).toLowerCase(),
    ...(path === "" ? {} : { path }),
    ...(layer === "" ? {} : { layer }),
  };
}
