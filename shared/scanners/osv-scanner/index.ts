import type { ContentFinding } from "../../domain/content-finding.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { isObject, short, whyMalformed } from "../../runtime/lenient.ts";
import { readFinding } from "./finding.ts";
import { OSV_REPORT, type OsvPackage, type OsvRecord } from "./schema.ts";

/** `osv-scanner scan --format json`. */
export const osvScanner: ReportReader = {
  id: "osv-scanner",
  mediaTypes: ["application/vnd.google.osv-scanner+json", "application/vnd.osv-scanner.report+json"],
  keeps: keptNames(OSV_REPORT, "experimental_config"),
  recognises(document) {
    if (!isObject(document) || !Array.isArray(document["results"])) return false;
    const results: readonly unknown[] = document["results"];
    return results.length === 0
      ? "experimental_config" in document
      : results.every((each) => isObject(each) && "packages" in each && "source" in each);
  },
  read(document) {
    const read = OSV_REPORT.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("a report of osv-scanner", read.error.issues) };
    if (read.data.results.every(({ packages }) => !packages?.length) && !osvScanner.recognises(document))
      return { kind: "unsupported", why: "the report lists nothing, and does not say that osv-scanner has looked" };
    return readPackages(
      read.data.results.flatMap(({ source, packages }) => (packages ?? []).map((found) => ({ found, path: source.path }))),
    );
  },
};

function readPackages(packages: readonly { readonly found: OsvPackage; readonly path: string }[]): ReadReport {
  const records = packages.flatMap(({ found, path }) => (found.vulnerabilities ?? []).map((record) => ({ record, found, path })));
  const findings = records.flatMap(({ record, found, path }) => readFinding(record, found, path) ?? []);
  if (records.length > 0 && findings.length === 0) return { kind: "malformed", why: "no vulnerability in the report has an id" };
  const licences = packages.flatMap(({ found }) => found.license_violations.map((licence) => licenceOf(licence, found)));
  const content = [
    ...records.filter(({ record }) => isMalicious(record)).map(({ record, found }) => malwareOf(record, found)),
    ...licences,
  ];
  return {
    kind: "report",
    report: {
      scanner: "osv-scanner",
      scannedAt: "unknown",
      databaseAt: "unknown",
      findings,
      ...(content.length === 0 ? {} : { content }),
      ...(licences.length === 0 ? {} : { covers: ["licence"] as const }),
    },
  };
}

// Packages that were published to do harm (github.com/ossf/malicious-packages).
function isMalicious({ id }: OsvRecord): boolean {
  return id.startsWith("MAL-");
}

function malwareOf({ id, summary }: OsvRecord, { package: { name, version } }: OsvPackage): ContentFinding {
  const found = { name: short(name, 300), version: short(version, 200) };
  return { kind: "malware", rule: short(id, 200), title: short(summary || id, 300), severity: "critical", package: found };
}

function licenceOf(licence: string, { package: { name, version } }: OsvPackage): ContentFinding {
  const found = { name: short(name, 300), version: short(version, 200) };
  return {
    kind: "licence",
    rule: short(licence, 200),
    title: "licence that is not on the list of allowed ones",
    severity: "unknown",
    package: found,
  };
}
