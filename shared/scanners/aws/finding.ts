import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { CvssClaim, Finding, PackageRef, SeverityClaim } from "../../domain/finding.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { short } from "../../runtime/lenient.ts";
import { type InspectorFinding, type InspectorVulnerability, NAMELESS, type VulnerablePackage } from "./schema.ts";
import { readAwsTime } from "./time.ts";
import { packageVersion, readFix, sameVulnerability, sourceName } from "./versions.ts";

/** One finding for each package that the entry names; none where nothing names the vulnerability. */
export function readInspectorFinding(entry: InspectorFinding, vulnerability: InspectorVulnerability): readonly Finding[] {
  const id = firstName(vulnerability.vulnerabilityId, entry.findingArn, entry.title);
  if (id === "") return [];
  // A vulnerability does not go away because its package was not named.
  const named = vulnerability.vulnerablePackages ?? [];
  const packages: readonly VulnerablePackage[] = named.length === 0 ? [NAMELESS] : named;
  const told = readVulnerability(entry, vulnerability, id);
  return packages.map((each) => ({ ...told, package: readPackage(each), fix: readFix(each.fixedInVersion, entry.fixAvailable) }));
}

/** The id of a vulnerability; where it has none it goes by the name of what was found, and does not go away. */
export function firstName(...names: readonly Text[]): string {
  return names.map((name) => short(name?.trim(), 200)).find((name) => name !== "") ?? "";
}

function readVulnerability(entry: InspectorFinding, vulnerability: InspectorVulnerability, id: string): Omit<Finding, "package" | "fix"> {
  const cvss = readScores(entry, vulnerability);
  const score = highestScore(cvss.filter(({ source }) => source !== "inspector")) ?? highestScore(cvss);
  const publishedAt = readAwsTime(vulnerability.vendorCreatedAt);
  const firstSeenAt = readAwsTime(entry.firstObservedAt);
  const probability = entry.epss?.score;
  return {
    id,
    aliases: sameVulnerability(id, vulnerability.relatedVulnerabilities),
    severity: severityFromWord(entry.severity ?? undefined),
    severities: readSeverities(entry, vulnerability),
    ...(score === undefined ? {} : { score }),
    ...(cvss.length === 0 ? {} : { cvss }),
    ...(entry.title ? { title: short(entry.title, 300) } : {}),
    ...(publishedAt === undefined ? {} : { publishedAt }),
    ...(firstSeenAt === undefined ? {} : { firstSeenAt }),
    ...(isProbability(probability) ? { exploit: { probability } } : {}),
    ...(entry.status === "SUPPRESSED" ? { status: { kind: "suppressed", by: "inspector" } } : {}),
  };
}

function readSeverities(entry: InspectorFinding, { source, vendorSeverity }: InspectorVulnerability): readonly SeverityClaim[] {
  const own = { source: "inspector", raw: short(entry.severity, 100), severity: severityFromWord(entry.severity ?? undefined) };
  if (!vendorSeverity) return [own];
  return [own, { source: sourceName(source), raw: short(vendorSeverity, 100), severity: severityFromWord(vendorSeverity) }];
}

/** What others gave, and Inspector's own, adjusted score. Its 0.0 stands for "not rated yet". */
function readScores({ inspectorScoreDetails, scoreDetails }: InspectorFinding, { cvss }: InspectorVulnerability): readonly CvssClaim[] {
  const own = inspectorScoreDetails?.adjustedCvss ?? scoreDetails?.cvss;
  const adjusted = own && (own.score ?? 0) > 0 ? [readScore("inspector", own.version, own.scoringVector, own.score)] : [];
  const given = cvss.map((each) => readScore(sourceName(each.source), each.version, each.scoringVector, each.baseScore));
  return [...given, ...adjusted].filter((claim) => claim !== undefined);
}

type Text = string | null | undefined;

export function readScore(source: string, version: Text, vector: Text, score: number | null | undefined): CvssClaim | undefined {
  return readCvss(source, { version: version ?? null, vector: vector ?? null, score: score ?? null });
}

function readPackage({ name, version, epoch, release, packageManager, filePath, sourceLayerHash }: VulnerablePackage): PackageRef {
  const path = short(filePath, 500);
  const layer = short(sourceLayerHash, 200);
  return {
    name: short(name, 300),
    version: packageVersion(epoch, version, release),
    type: short(packageManager, 100).toLowerCase(),
    ...(path === "" ? {} : { path }),
    ...(layer === "" ? {} : { layer }),
  };
}

export function isProbability(value: number | null | undefined): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}
