import type { Finding } from "../../domain/finding.ts";
import { SEVERITIES, type Severity } from "../../domain/severity.ts";

export interface CountedSeverity {
  readonly severity: Severity;
  /** Names of those who gave it, sorted. */
  readonly by: readonly string[];
}

/**
 * The severity that one report's finding counts with: that of the first source in the list who has rated it, else the worst that anybody gave.
 * `vendor` stands for the distribution that the package comes from, `scanner` for the one who reported it.
 */
export function countedSeverity(finding: Finding, order: readonly string[]): CountedSeverity {
  for (const wanted of order) {
    const counted = worstOf(claimsOf(finding, wanted));
    if (counted !== undefined) return counted;
  }
  return worstOf(claimsOf(finding, "highest")) ?? { severity: "unknown", by: [] };
}

/** The worst of several, with all who gave just that one. */
export function worstOf(claims: readonly CountedSeverity[]): CountedSeverity | undefined {
  const severity = SEVERITIES.findLast((candidate) => claims.some((claim) => claim.severity === candidate));
  if (severity === undefined) return undefined;
  return { severity, by: [...new Set(claims.filter((claim) => claim.severity === severity).flatMap(({ by }) => by))].sort() };
}

function claimsOf(finding: Finding, wanted: string): readonly CountedSeverity[] {
  const claims = finding.severities.map(({ source, severity }) => ({ severity, by: [source] }));
  const own = { severity: finding.severity, by: claims.filter(({ severity }) => severity === finding.severity).flatMap(({ by }) => by) };
  if (wanted === "highest") return [...claims, own];
  if (wanted === "scanner") return [own];
  const fits = wanted === "vendor" ? (source: string) => isVendorOf(finding, source) : (source: string) => source.toLowerCase() === wanted;
  return claims.filter(({ by: [source = ""] }) => fits(source));
}

// Distributions that rate vulnerabilities in their own packages, by the words that reports use; several words of one stand in one line.
const DISTRIBUTIONS: readonly (readonly string[])[] = [
  ["debian"],
  ["ubuntu"],
  ["redhat", "rhel", "centos", "ubi"],
  ["alpine"],
  ["amazon", "amzn", "alas"],
  ["oracle", "oraclelinux", "ol"],
  ["suse", "opensuse", "sles", "suse-cvrf", "opensuse-cvrf", "opensuse-leap", "opensuse-tumbleweed", "suse-linux-enterprise-server"],
  ["photon"],
  ["rocky"],
  ["alma", "almalinux"],
  ["fedora"],
  ["arch", "arch-linux"],
  ["wolfi"],
  ["chainguard"],
  ["azure", "mariner", "cbl-mariner", "azurelinux"],
  ["bottlerocket"],
  ["minimos"],
  ["echo"],
];
const PACKAGE_TYPES: ReadonlySet<string> = new Set(["deb", "dpkg", "rpm", "apk", "alpm", "os", ""]);

/** Only the package's own distribution is its vendor: what Red Hat says of an npm or a Debian package is no statement about it. */
function isVendorOf({ package: { type, purl } }: Finding, source: string): boolean {
  const word = source.toLowerCase();
  if (word === "vendor") return true;
  const rater = DISTRIBUTIONS.find((names) => names.some((name) => word === name || word.startsWith(`${name}:`)));
  if (rater === undefined) return false;
  const from = purl === undefined ? undefined : /^pkg:(?:deb|rpm|apk|alpm)\/([^/@]+)\//i.exec(purl)?.[1]?.toLowerCase();
  if (from !== undefined) return rater.includes(from);
  return rater.includes(type.toLowerCase()) || (purl === undefined && PACKAGE_TYPES.has(type.toLowerCase()));
}
