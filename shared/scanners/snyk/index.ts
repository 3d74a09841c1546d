import * as z from "zod";
import type { ContentFinding } from "../../domain/content-finding.ts";
import { severityFromWord } from "../../domain/severity.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { isObject, short, whyMalformed } from "../../runtime/lenient.ts";
import { readFinding } from "./finding.ts";
import { SNYK_REPORT, type SnykEntry, type SnykResult } from "./schema.ts";

/** `snyk container test --json`, also with `--app-vulns`. */
export const snyk: ReportReader = {
  id: "snyk",
  mediaTypes: ["application/vnd.snyk.report+json", "application/vnd.snyk.container+json"],
  keeps: keptNames(SNYK_REPORT, "ok", "error"),
  recognises: (document) => (Array.isArray(document) ? document.length > 0 && document.every(isResult) : isResult(document)),
  read(document) {
    const error = errorIn(document);
    if (error !== undefined) return { kind: "failed", why: `Snyk did not finish: ${error}` };
    const read = z
      .array(SNYK_REPORT)
      .min(1)
      .safeParse(Array.isArray(document) ? document : [document]);
    if (!read.success) return { kind: "malformed", why: whyMalformed("a report of Snyk", read.error.issues) };
    const results = read.data.flatMap((each) => [each, ...(each.applications ?? [])]);
    if (results.every(({ vulnerabilities }) => vulnerabilities.length === 0) && !snyk.recognises(document))
      return { kind: "unsupported", why: "the report lists nothing, and does not say that Snyk has looked" };
    return readResults(results);
  },
};

function isResult(value: unknown): boolean {
  if (!isObject(value) || !("ok" in value)) return false;
  return "error" in value || (Array.isArray(value["vulnerabilities"]) && ("packageManager" in value || "dependencyCount" in value));
}

/** Snyk answers `{ok: false, error, path}` where it could not look. */
function errorIn(document: unknown): string | undefined {
  const parts: readonly unknown[] = Array.isArray(document) ? document : [document];
  const error = parts.map((part) => (isObject(part) ? part["error"] : undefined)).find((each) => each !== undefined && each !== null);
  return error === undefined ? undefined : short(typeof error === "string" ? error : "it names no reason", 200);
}

function readResults(results: readonly SnykResult[]): ReadReport {
  if (results.every(({ dependencyCount, vulnerabilities }) => dependencyCount === 0 && vulnerabilities.length === 0))
    return { kind: "unsupported", why: "Snyk found no packages that it could look at" };
  const counting = results.flatMap((result) =>
    result.vulnerabilities.flatMap((entry) => (isLicence(entry) ? [] : (readFinding(entry, result) ?? []))),
  );
  const ignored = results.flatMap((result) =>
    result.filtered.ignore.flatMap((entry) => (isLicence(entry) ? [] : (readFinding(entry, result) ?? []))),
  );
  const content = results.flatMap(({ vulnerabilities }) => vulnerabilities.filter(isLicence).map(readLicence));
  if (counting.length + content.length === 0 && results.some(({ vulnerabilities }) => vulnerabilities.length > 0))
    return { kind: "malformed", why: "no vulnerability in the report has an id" };
  return {
    kind: "report",
    report: {
      scanner: "snyk",
      scannedAt: "unknown",
      databaseAt: "unknown",
      findings: [...counting, ...ignored.map((finding) => ({ ...finding, status: { kind: "suppressed" as const, by: "snyk" } }))],
      ...(content.length === 0 ? {} : { content, covers: ["licence"] as const }),
    },
  };
}

function isLicence({ type }: SnykEntry): boolean {
  return type === "license";
}

function readLicence({ id, title, severity, name, packageName, version }: SnykEntry): ContentFinding {
  return {
    kind: "licence",
    rule: short(id.split(":").at(-1), 200),
    title: short(title, 300),
    severity: severityFromWord(severity),
    package: { name: short(packageName || name, 300), version: short(version, 200) },
  };
}
