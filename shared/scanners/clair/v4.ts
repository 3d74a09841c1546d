import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { count, isObject, onlyDigest, whyMalformed } from "../../runtime/lenient.ts";
import { type Enriched, isOfSystem, readFinding, readPackage } from "./finding.ts";
import { CLAIR_REPORT, type ClairEnrichment, type ClairReport } from "./schema.ts";

/** Vulnerability report of Clair's matcher, version 4. */
export const clair: ReportReader = {
  id: "clair",
  mediaTypes: ["application/vnd.clair.vulnerability_report.v1+json"],
  keeps: keptNames(CLAIR_REPORT),
  recognises: (document) => isObject(document) && "manifest_hash" in document && "package_vulnerabilities" in document,
  read(document) {
    const read = CLAIR_REPORT.safeParse(document);
    return read.success
      ? readReport(read.data)
      : { kind: "malformed", why: whyMalformed("a vulnerability report of Clair 4", read.error.issues) };
  },
};

function readReport(report: ClairReport): ReadReport {
  const pairs = Object.entries(report.package_vulnerabilities).flatMap(([owner, ids]) => (ids ?? []).map((id) => ({ owner, id })));
  if (pairs.some(({ owner, id }) => !Object.hasOwn(report.packages, owner) || !Object.hasOwn(report.vulnerabilities, id)))
    return { kind: "malformed", why: "a vulnerability or package that the report names is not in it" };
  const enrichments = readEnrichments(report);
  const read = pairs.map(({ owner, id }) => readPair(report, owner, id, enrichments));
  const findings = read.filter((finding) => finding !== undefined);
  const nameless = read.length - findings.length;
  if (findings.length === 0) {
    const unknown = whyNotClean(report, nameless);
    if (unknown !== undefined) return unknown;
  }
  const subject = onlyDigest([report.manifest_hash]);
  return {
    kind: "report",
    report: { scanner: "clair", scannedAt: "unknown", databaseAt: "unknown", findings },
    ...(subject === undefined ? {} : { subject }),
    ...(nameless === 0 ? {} : { notes: [`${count(nameless, "vulnerability", "vulnerabilities")} without a name left out`] }),
  };
}

function readPair(report: ClairReport, owner: string, id: string, enrichments: Enrichments): ReturnType<typeof readFinding> {
  const affected = report.packages[owner];
  const vulnerability = report.vulnerabilities[id];
  if (affected === undefined || vulnerability === undefined) return undefined;
  return readFinding(vulnerability, readPackage(affected, report.environments?.[owner] ?? [], report), enrichments(id));
}

/** Without a vulnerability the report is clean where packages were found that Clair has data for. */
function whyNotClean(report: ClairReport, nameless: number): ReadReport | undefined {
  if (nameless > 0) return { kind: "malformed", why: "no vulnerability in the report has a name" };
  if (Object.keys(report.vulnerabilities).length > 0)
    return { kind: "malformed", why: "the report has vulnerabilities and says of no package that it has them" };
  if (Object.keys(report.packages).length === 0) return { kind: "unsupported", why: "Clair found no packages to look at" };
  const system = Object.values(report.environments ?? {}).some((found) => (found ?? []).some(isOfSystem));
  if (system && Object.keys(report.distributions ?? {}).length === 0)
    return { kind: "unsupported", why: "Clair found packages of a system that it does not know" };
  return undefined;
}

type Enrichments = (vulnerability: string) => Enriched;

function readEnrichments({ enrichments }: ClairReport): Enrichments {
  const records = (name: string, id: string): readonly ClairEnrichment[] =>
    Object.entries(enrichments ?? {})
      .filter(([type]) => type.includes(`enricher=clair.${name}`))
      .flatMap(([, list]) => (list ?? []).flatMap((each) => (Object.hasOwn(each, id) ? (each[id] ?? []) : [])));
  return (id) => ({ cvss: records("cvss", id), epss: records("epss", id), kev: records("kev", id) });
}
