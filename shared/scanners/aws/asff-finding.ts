import { highestScore } from "../../domain/cvss.ts";
import type { Finding, PackageRef, SeverityClaim } from "../../domain/finding.ts";
import { type Severity, severityFromWord } from "../../domain/severity.ts";
import { short } from "../../runtime/lenient.ts";
import { type AsffFinding, type AsffPackage, type AsffVulnerability, NAMELESS } from "./asff-schema.ts";
import { firstName, isProbability, readScore } from "./finding.ts";
import { readAwsTime } from "./time.ts";
import { packageVersion, readFix, sameVulnerability, sourceName } from "./versions.ts";

/** One finding for each package that the vulnerability names; none where nothing names it. */
export function readAsffVulnerability(entry: AsffFinding, vulnerability: AsffVulnerability): readonly Finding[] {
  const id = firstName(vulnerability.Id, entry.Id, entry.Title);
  if (id === "") return [];
  const named = vulnerability.VulnerablePackages ?? [];
  const packages: readonly AsffPackage[] = named.length === 0 ? [NAMELESS] : named;
  const told = readTold(entry, vulnerability, id);
  return packages.map((each) => ({ ...told, package: readPackage(each), fix: readFix(each.FixedInVersion, vulnerability.FixAvailable) }));
}

function readTold(entry: AsffFinding, vulnerability: AsffVulnerability, id: string): Omit<Finding, "package" | "fix"> {
  const cvss = vulnerability.Cvss.map(({ Source, Version, BaseVector, BaseScore }) =>
    readScore(sourceName(Source), Version, BaseVector, BaseScore),
  ).filter((claim) => claim !== undefined);
  const score = highestScore(cvss);
  const publishedAt = readAwsTime(vulnerability.Vendor?.VendorCreatedAt);
  const firstSeenAt = readAwsTime(entry.FirstObservedAt);
  const probability = vulnerability.EpssScore;
  return {
    id,
    aliases: sameVulnerability(id, vulnerability.RelatedVulnerabilities),
    severity: severityOf(entry),
    severities: readSeverities(entry, vulnerability),
    ...(score === undefined ? {} : { score }),
    ...(cvss.length === 0 ? {} : { cvss }),
    ...(entry.Title ? { title: short(entry.Title, 300) } : {}),
    ...(publishedAt === undefined ? {} : { publishedAt }),
    ...(firstSeenAt === undefined ? {} : { firstSeenAt }),
    ...(isProbability(probability) ? { exploit: { probability } } : {}),
  };
}

// Security Hub user guide, "Severity": 0 informational, 1 to 39 low, 40 to 69 medium, 70 to 89 high, 90 to 100 critical.
const NORMALIZED: readonly (readonly [number, Severity])[] = [
  [90, "critical"],
  [70, "high"],
  [40, "medium"],
  [1, "low"],
  [0, "negligible"],
];

/** Who keeps the findings may say otherwise than who found them, and what he says counts. */
function toldOf({ Severity: own, FindingProviderFields }: AsffFinding): AsffFinding["Severity"] {
  const told = [own, FindingProviderFields?.Severity];
  return told.find((each) => each?.Label || typeof each?.Normalized === "number") ?? own;
}

/** Without a label the number says the same. */
export function severityOf(entry: AsffFinding): Severity {
  const { Label, Normalized } = toldOf(entry) ?? {};
  const number = Normalized ?? -1;
  const known = Label ? severityFromWord(Label) : number <= 100 ? NORMALIZED.find(([least]) => number >= least)?.[1] : undefined;
  return known === "negligible" && isUnrated(entry) ? "unknown" : (known ?? "unknown");
}

/** ASFF has no label for what nobody has rated yet: Security Hub and Trivy say INFORMATIONAL, which is none of Trivy's own words. */
function isUnrated({ Severity: own, FindingProviderFields, ProductFields }: AsffFinding): boolean {
  const words = [own?.Original, FindingProviderFields?.Severity?.Original];
  return ProductFields?.["Product Name"] === "Trivy" || words.some((word) => /^(?:untriaged|undefined|unknown)$/i.test(word ?? ""));
}

function readSeverities(entry: AsffFinding, { Vendor }: AsffVulnerability): readonly SeverityClaim[] {
  const source = short(entry.ProductName, 100).toLowerCase() || "security hub";
  const { Label, Normalized } = toldOf(entry) ?? {};
  const own = { source, raw: short(Label || String(Normalized ?? ""), 100), severity: severityOf(entry) };
  if (!Vendor?.VendorSeverity) return [own];
  const { Name, VendorSeverity } = Vendor;
  return [own, { source: sourceName(Name), raw: short(VendorSeverity, 100), severity: severityFromWord(VendorSeverity) }];
}

function readPackage({ Name, Version, Epoch, Release, PackageManager, FilePath, SourceLayerHash }: AsffPackage): PackageRef {
  const path = short(FilePath, 500);
  const layer = short(SourceLayerHash, 200);
  return {
    name: short(Name, 300),
    version: packageVersion(Epoch, Version, Release),
    type: short(PackageManager, 100).toLowerCase(),
    ...(path === "" ? {} : { path }),
    ...(layer === "" ? {} : { layer }),
  };
}
