import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { CvssClaim, Exploit, Finding, PackageRef, SeverityClaim } from "../../domain/finding.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { readTime, short } from "../../runtime/lenient.ts";
import { readFix } from "./fix.ts";
import { readName } from "./naming.ts";
import type { ClairEnrichment, ClairEnvironment, ClairPackage, ClairReport, ClairVulnerability } from "./schema.ts";

/** What the report's enrichments add to one vulnerability. */
export interface Enriched {
  readonly cvss: readonly ClairEnrichment[];
  readonly epss: readonly ClairEnrichment[];
  readonly kev: readonly ClairEnrichment[];
}

/** A finding, or `undefined` where the vulnerability has no name. */
export function readFinding(vulnerability: ClairVulnerability, affected: PackageRef, enriched: Enriched): Finding | undefined {
  if (!vulnerability.name?.trim()) return undefined;
  const cvss = readScores(vulnerability, enriched);
  const score = highestScore(cvss);
  const publishedAt = readTime(vulnerability.issued);
  const exploit = readExploit(enriched);
  return {
    ...readName(vulnerability.name, vulnerability.links ?? ""),
    severity: severityFromWord(vulnerability.normalized_severity ?? undefined),
    severities: readSeverities(vulnerability),
    ...(score === undefined ? {} : { score }),
    ...(cvss.length === 0 ? {} : { cvss }),
    package: affected,
    fix: readFix(vulnerability.fixed_in_version),
    ...(publishedAt === undefined ? {} : { publishedAt }),
    ...(exploit === undefined ? {} : { exploit }),
  };
}

// OSV's data carries a vector where others have a word.
const VECTOR = /^(?:CVSS:\d|AV:)/;

/** Clair's own word counts; the vendor's word, as it stands in the vendor's data, comes second. */
function readSeverities(vulnerability: ClairVulnerability): readonly SeverityClaim[] {
  const { normalized_severity: word, severity } = vulnerability;
  const own = { source: "clair", raw: short(word, 100), severity: severityFromWord(word ?? undefined) };
  if (!severity || VECTOR.test(severity)) return [own];
  return [own, { source: vendorOf(vulnerability), raw: short(severity, 100), severity: severityFromWord(severity) }];
}

function vendorOf({ distribution, updater }: ClairVulnerability): string {
  const [first = ""] = short(updater, 100)
    .toLowerCase()
    .split(/[^a-z]/);
  return short(distribution?.did, 100).toLowerCase() || first || "vendor";
}

function readScores(vulnerability: ClairVulnerability, { cvss }: Enriched): readonly CvssClaim[] {
  const vector = VECTOR.test(vulnerability.severity ?? "")
    ? [readCvss(vendorOf(vulnerability), { vector: vulnerability.severity ?? null })]
    : [];
  const given = cvss.map(({ version, vectorString, baseScore }) =>
    readCvss("nvd", { version: version ?? null, vector: vectorString ?? null, score: baseScore ?? null }),
  );
  return [...given, ...vector].filter((claim) => claim !== undefined);
}

/** An advisory that bundles several vulnerabilities has a record of each: the worst counts. */
function readExploit({ epss, kev }: Enriched): Exploit | undefined {
  const [worst] = epss
    .flatMap(({ epss: probability, percentile }) =>
      typeof probability === "number" && probability >= 0 && probability <= 1 ? [{ probability, percentile }] : [],
    )
    .sort((a, b) => b.probability - a.probability);
  if (worst === undefined && kev.length === 0) return undefined;
  return {
    ...(kev.length === 0 ? {} : { isKnownExploited: true }),
    ...(worst === undefined ? {} : { probability: worst.probability }),
    ...(typeof worst?.percentile === "number" ? { percentile: worst.percentile } : {}),
  };
}

// Where distributions keep what they installed: `bdb:var/lib/rpm`, `var/lib/dpkg/status`, `lib/apk/db/installed`.
const SYSTEM_DATABASE = /(?:^|[:/])(?:var\/lib\/(?:rpm|dpkg)|lib\/apk\/db|usr\/share\/rpm|usr\/lib\/sysimage\/rpm)/;

export function isOfSystem({ package_db: database }: ClairEnvironment): boolean {
  return SYSTEM_DATABASE.test(database ?? "");
}

export function readPackage({ name, version, source }: ClairPackage, found: readonly ClairEnvironment[], report: ClairReport): PackageRef {
  const place = found.find(isOfSystem) ?? found[0];
  const layer = short(place?.introduced_in, 200);
  const path = place === undefined || isOfSystem(place) ? "" : short(place.package_db?.replace(/^\w+:/, ""), 500);
  return {
    name: short(name, 300),
    version: short(version, 200),
    type: short(typeOf(found, report), 100).toLowerCase(),
    ...(path === "" ? {} : { path }),
    ...(source?.name ? { source: short(source.name, 300) } : {}),
    ...(layer === "" ? {} : { layer }),
  };
}

/** The distribution of a system's package, the repository (`go`, `pypi`) of any other. */
function typeOf(found: readonly ClairEnvironment[], { distributions, repository }: ClairReport): string {
  const distribution = found.map(({ distribution_id: id }) => distributions?.[id ?? ""]?.did ?? "").find((did) => did !== "");
  if (distribution !== undefined && found.some(isOfSystem)) return distribution;
  const repositories = found.flatMap(({ repository_ids: ids }) => (ids ?? []).map((id) => repository?.[id]?.name ?? ""));
  return repositories.find((name) => name !== "" && !name.startsWith("cpe:")) ?? distribution ?? "";
}
