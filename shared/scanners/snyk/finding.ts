import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { CvssClaim, Exploit, Finding, PackageRef, SeverityClaim } from "../../domain/finding.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { given } from "../../oci/document.ts";
import { readAliases, readTime, short, textMember } from "../../runtime/lenient.ts";
import type { SnykEntry, SnykResult } from "./schema.ts";

/** A finding, or `undefined` where the entry has no id. One path to a package is one entry. */
export function readFinding(entry: SnykEntry, result: SnykResult): Finding | undefined {
  const id = short(entry.id.trim(), 200);
  if (id === "") return undefined;
  const cvss = readScores(entry);
  return {
    id,
    aliases: aliasesOf(entry, id),
    severity: severityFromWord(entry.severityWithCritical || entry.severity),
    severities: readClaims(entry),
    ...given("score", highestScore(cvss)),
    package: readPackage(entry, result),
    ...(cvss.length === 0 ? {} : { cvss }),
    fix: readFix(entry),
    ...textMember("title", entry.title, 300),
    ...given("publishedAt", readTime(entry.publicationTime)),
    ...given("exploit", readExploit(entry)),
  };
}

/** An entry with several CVE ids is an advisory on all of them. */
function aliasesOf({ identifiers: { CVE, GHSA } }: SnykEntry, id: string): readonly string[] {
  return readAliases([...(CVE.length === 1 ? CVE : []), ...(GHSA.length === 1 ? GHSA : [])], id);
}

/** Snyk's own severity counts: it weighs what the distribution says. */
function readClaims({ severity, severityWithCritical, nvdSeverity, cvssDetails }: SnykEntry): readonly SeverityClaim[] {
  const others = [{ assigner: "nvd", severity: nvdSeverity }, ...cvssDetails].filter((each) => each.severity !== "");
  return [{ assigner: "snyk", severity: severityWithCritical || severity }, ...others].map((each) => ({
    source: short(each.assigner || "snyk", 100),
    raw: short(each.severity, 100),
    severity: severityFromWord(each.severity),
  }));
}

function readScores({ CVSSv3, cvssScore, cvssDetails }: SnykEntry): readonly CvssClaim[] {
  const own = readCvss("snyk", { version: "3.1", vector: CVSSv3, ...given("score", cvssScore ?? undefined) });
  const others = cvssDetails.map(({ assigner, cvssV3Vector: vector, cvssV3BaseScore: score }) =>
    readCvss(short(assigner, 100), { version: "3.1", vector, ...given("score", score ?? undefined) }),
  );
  return [own, ...others].filter((claim) => claim !== undefined);
}

/** `gcc-10/libgcc-s1` is the binary package of a source package; the name of an npm package may hold a slash as well. */
function readPackage({ name, packageName, version, packageManager, purl }: SnykEntry, result: SnykResult): PackageRef {
  const isOfSource = name.startsWith(`${packageName}/`) && packageName !== "";
  return {
    name: short(isOfSource ? name.slice(packageName.length + 1) : name || packageName, 300),
    version: short(version, 200),
    type: short(packageManager || result.packageManager, 100),
    ...textMember("purl", purl, 500),
    ...textMember("path", result.displayTargetFile, 500),
    ...textMember("source", isOfSource ? packageName : "", 300),
  };
}

function readFix({ fixedIn, nearestFixedInVersion: nearest }: SnykEntry): Finding["fix"] {
  const versions = [...new Set([...(fixedIn ?? []), nearest].map((version) => short(version, 200)))].filter((version) => version !== "");
  if (versions.length > 0) return { state: "fixed", versions };
  return { state: fixedIn === undefined ? "unknown" : "not-fixed", versions };
}

function readExploit({ epssDetails }: SnykEntry): Exploit | undefined {
  if (!epssDetails) return undefined;
  const { probability, percentile } = epssDetails;
  return probability >= 0 && probability <= 1 && percentile >= 0 && percentile <= 1 ? { probability, percentile } : undefined;
}
