import * as z from "zod";
import { highestScore } from "../../domain/cvss.ts";
import type { CvssClaim, Finding } from "../../domain/finding.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { short, text } from "../../runtime/lenient.ts";
import { readFix } from "./fix.ts";
import { readName } from "./naming.ts";

/** A vulnerability as Clair 1 and 2 told it, and Quay still does. */
export const OLDER_VULNERABILITY = z.object({
  Name: text,
  NamespaceName: text,
  Link: text,
  Severity: text,
  FixedBy: text,
  FeatureName: text,
  FeatureVersion: text,
});
export type OlderVulnerability = z.output<typeof OLDER_VULNERABILITY>;

/** A finding, or `undefined` where the vulnerability has no name. `scanner`: who gives the severity. */
export function readOlder(
  scanner: string,
  vulnerability: OlderVulnerability,
  found: Finding["package"],
  cvss: readonly CvssClaim[] = [],
): Finding | undefined {
  const { Name, Link, Severity, FixedBy } = vulnerability;
  if (!Name?.trim()) return undefined;
  const severity = severityFromWord(Severity ?? undefined);
  const score = highestScore(cvss);
  return {
    ...readName(Name, Link ?? ""),
    severity,
    severities: [{ source: scanner, raw: short(Severity, 100), severity }],
    ...(score === undefined ? {} : { score }),
    ...(cvss.length === 0 ? {} : { cvss }),
    package: found,
    fix: readFix(FixedBy),
  };
}

/** `debian` of the namespace `debian:12`; a namespace that is the name of an updater says nothing. */
export function systemOf(namespace: string | null | undefined): string {
  return /^([a-z]+):[\w.]+$/.exec(namespace ?? "")?.[1] ?? "";
}
