import type { Finding } from "../../domain/finding.ts";
import { short } from "../../runtime/lenient.ts";

/**
 * An empty version means that Clair knows of no fix. Data from OSV writes the range of what is affected as a query: `fixed=1.2&introduced=0`,
 * `lastAffected=1.1`.
 */
export function readFix(fixedIn: string | null | undefined): Finding["fix"] {
  const given = fixedIn?.trim() ?? "";
  const range = /(?:^|&)(?:fixed|introduced|lastAffected)=/.test(given) ? new URLSearchParams(given) : undefined;
  const version = short(range === undefined ? given : range.get("fixed"), 200);
  return version === "" ? { state: "not-fixed", versions: [] } : { state: "fixed", versions: [version] };
}
