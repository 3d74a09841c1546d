import type { Finding } from "../../domain/finding.ts";
import { short } from "../../runtime/lenient.ts";

/** `epoch:version-release` as rpm and dpkg print it; the epoch 0 is not written. */
export function packageVersion(
  epoch: number | null | undefined,
  version: string | null | undefined,
  release: string | null | undefined,
): string {
  const prefix = epoch ? `${epoch}:` : "";
  return short(`${prefix}${version ?? ""}${release ? `-${release}` : ""}`, 200);
}

// What is written where there is no fixed version.
const NO_VERSION = /^(?:|not ?available|none|unknown|n\/a)$/i;

/**
 * The fix of one package. `available` (YES, NO, PARTIAL) speaks of all packages of the finding: a version of its own outweighs it, and a
 * package without one under PARTIAL is one of those that have no fix.
 */
export function readFix(fixedIn: string | null | undefined, available: string | null | undefined): Finding["fix"] {
  const named = (fixedIn ?? "").split(",").map((version) => short(version.trim(), 200));
  const versions = [...new Set(named)].filter((version) => !NO_VERSION.test(version));
  if (versions.length > 0 || available === "YES") return { state: "fixed", versions };
  return { state: available === "NO" || available === "PARTIAL" ? "not-fixed" : "unknown", versions };
}

/** Names of sources as other reports write them: `debian` for `DEBIAN_CVE`, `ghsa` for `GITHUB`. */
export function sourceName(source: string | null | undefined): string {
  const [first = ""] = short(source, 100).toLowerCase().split("_");
  return first === "github" ? "ghsa" : first || "vendor";
}

/**
 * Of related vulnerabilities the one that is the same: a CVE of a GitHub advisory, or the other way round, where there is only one. Another
 * CVE of a CVE is another vulnerability.
 */
export function sameVulnerability(id: string, related: readonly string[]): readonly string[] {
  const wanted = id.startsWith("CVE-") ? /^GHSA-/ : /^(?:GHSA|GO|PYSEC|RUSTSEC)-/.test(id) ? /^CVE-/ : undefined;
  const fitting = [...new Set(related.map((each) => short(each.trim(), 200)))].filter((each) => wanted?.test(each) === true);
  return fitting.length === 1 ? fitting : [];
}
