import type { ContentFinding, ContentKind } from "../../domain/content-finding.ts";
import { type ImageEvidence, reportsIn, type ScanReport } from "../../domain/evidence.ts";
import { SEVERITIES } from "../../domain/severity.ts";
import { unscanned } from "../evidence-words.ts";
import type { Fact } from "../rule.ts";
import { unknown } from "./fact.ts";

interface Content {
  /** Each thing once, whoever tells it. */
  readonly found: readonly ContentFinding[];
  /** Why finding nothing would not mean that there is nothing. */
  readonly gaps: readonly Fact[];
}

/**
 * What the reports tell beside vulnerabilities. Something that was found counts whatever the age of its report. That there is nothing is believed
 * only of a report that looked for it.
 */
export function contentOf({ findings, content = [] }: ImageEvidence, kind: ContentKind): Content {
  const told = reportsIn(findings);
  const found = new Map<string, ContentFinding>();
  for (const report of [...told, ...content]) for (const one of report.content ?? []) if (one.kind === kind) keepWorst(found, one);
  const current = findings.kind === "reported" ? [...told, ...content] : content;
  if (current.some(({ covers = [] }) => covers.includes(kind))) return { found: [...found.values()], gaps: [] };
  return { found: [...found.values()], gaps: [findings.kind === "reported" ? notLookedFor(current, kind) : unscanned(findings)] };
}

/** Two reports may rate one thing differently: none of them can play it down. */
function keepWorst(found: Map<string, ContentFinding>, one: ContentFinding): void {
  const key = JSON.stringify([one.rule, one.path, one.package?.name]);
  const before = found.get(key);
  if (before === undefined || rank(one) > rank(before)) found.set(key, one);
}

// Every rule counts what nobody rated, and what is critical.
function rank({ severity }: ContentFinding): number {
  return severity === "unknown" ? SEVERITIES.indexOf("critical") - 0.5 : SEVERITIES.indexOf(severity);
}

function notLookedFor(reports: readonly ScanReport[], kind: ContentKind): Fact {
  const { noun, how } = WORDS[kind];
  const scanners = [...new Set(reports.map(({ scanner }) => scanner))].join(", ");
  return unknown(kind, `nobody has looked for ${noun} (${scanners} did not)`, how);
}

const WORDS: Readonly<Record<ContentKind, { readonly noun: string; readonly how: string }>> = {
  secret: { noun: "secrets", how: "scan it for secrets too (trivy: --scanners vuln,secret)" },
  misconfiguration: { noun: "misconfigurations", how: "scan its configuration too (trivy: --image-config-scanners misconfig, or dockle)" },
  licence: { noun: "licences", how: "scan it for licences too (trivy: --scanners vuln,license)" },
  malware: { noun: "malware", how: "scan it with a scanner that looks for malware, and attach or post its report" },
};

/** ` in /app/.env:3`, ` in libfoo 1.2`, or nothing. */
export function printPlace({ path, package: found }: ContentFinding): string {
  if (path !== undefined) return ` in ${path}`;
  return found === undefined ? "" : ` in ${found.name} ${found.version}`;
}

/** What a reason about it is named by. */
export function aboutContent({ rule, path, package: found }: ContentFinding): readonly string[] {
  return [rule, path ?? found?.name ?? ""];
}
