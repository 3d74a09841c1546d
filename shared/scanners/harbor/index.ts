import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { count, isObject, onlyDigest, readTime, short, whyMalformed } from "../../runtime/lenient.ts";
import { readFinding } from "./finding.ts";
import { HARBOR_OVERVIEW, HARBOR_REPORT, type HarborReport } from "./schema.ts";

const MEDIA_TYPES = ["application/vnd.security.vulnerability.report", "application/vnd.scanner.adapter.vuln.report.harbor+json"] as const;

/**
 * Vulnerability report of Harbor, versions 1.0 and 1.1: bare, as a scanner's adapter gives it, or as the artifact's addition, where the
 * media type is the key. An entry of the artifact's scan overview is read for the state of the scan.
 */
export const harbor: ReportReader = {
  id: "harbor",
  mediaTypes: MEDIA_TYPES,
  keeps: keptNames(HARBOR_REPORT, "scan_status", ...MEDIA_TYPES.flatMap((type) => [type, `${type}; version=1.0`, `${type}; version=1.1`])),
  recognises(document) {
    const report = reportIn(document);
    return isObject(report) && (("vulnerabilities" in report && "generated_at" in report) || "scan_status" in report);
  },
  read(document) {
    const found = reportIn(document);
    const overview = HARBOR_OVERVIEW.safeParse(found);
    if (overview.success) return stateOf(overview.data.scan_status);
    const read = HARBOR_REPORT.safeParse(found);
    return read.success
      ? readReport(read.data)
      : { kind: "malformed", why: whyMalformed("a vulnerability report of Harbor", read.error.issues) };
  },
};

/** What lies under the newest media type that is there; the document itself where there is none. */
function reportIn(document: unknown): unknown {
  if (!isObject(document)) return document;
  const fits = (type: string) => Object.keys(document).find((key) => key.split(";")[0]?.trim() === type);
  const key = MEDIA_TYPES.map(fits).find((each) => each !== undefined);
  return key === undefined ? document : document[key];
}

// src/common/job/const.go: Success, Error, Stopped, Pending, Running, Scheduled
function stateOf(status: string): ReadReport {
  const why = `Harbor says that the scan is ${short(status, 100)}`;
  const word = status.toLowerCase();
  if (word === "success") return { kind: "unsupported", why: "the overview of a scan counts findings and does not name them" };
  return { kind: ["pending", "running", "scheduled"].includes(word) ? "pending" : "failed", why };
}

function readReport(report: HarborReport): ReadReport {
  const scanner = short(report.scanner?.name?.trim(), 80);
  const items = report.vulnerabilities ?? [];
  const read = items.map((item) => readFinding(item, scanner.toLowerCase() || "harbor"));
  const findings = read.filter((finding) => finding !== undefined);
  const nameless = items.length - findings.length;
  if (findings.length === 0) {
    const unknown = whyNotClean(report, nameless);
    if (unknown !== undefined) return unknown;
  }
  const subject = onlyDigest([report.artifact?.digest, ...items.flatMap(({ artifact_digests: digests }) => digests ?? [])]);
  return {
    kind: "report",
    report: {
      scanner: scanner === "" ? "harbor" : `harbor with ${scanner}`,
      scannedAt: readTime(report.generated_at) ?? "unknown",
      databaseAt: "unknown",
      findings,
    },
    ...(subject === undefined ? {} : { subject }),
    ...(nameless === 0 ? {} : { notes: [`${count(nameless, "vulnerability", "vulnerabilities")} without an id left out`] }),
  };
}

/** Go writes an empty list as null, so both are clean where the report says when it was made and no severity speaks against it. */
function whyNotClean({ vulnerabilities, severity, generated_at: time }: HarborReport, nameless: number): ReadReport | undefined {
  if (nameless > 0) return { kind: "malformed", why: "no vulnerability in the report has an id" };
  if (vulnerabilities === undefined) return { kind: "malformed", why: "the report has no list of vulnerabilities" };
  if (severity && !/^(?:none|unknown)$/i.test(severity))
    return { kind: "failed", why: `the report says ${short(severity, 50)} and lists no vulnerability` };
  if (readTime(time) === undefined) return { kind: "failed", why: "the report lists no vulnerability and does not say when it was made" };
  return undefined;
}
