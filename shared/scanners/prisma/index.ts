import * as z from "zod";
import { readCvss } from "../../domain/cvss.ts";
import type { Finding, FixState } from "../../domain/finding.ts";
import { lookUp } from "../../domain/look-up.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { given } from "../../oci/document.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { isObject, listOf, loose, readTime, short, textMember, whyMalformed, word } from "../../runtime/lenient.ts";

const VULNERABILITY = z.object({
  id: word,
  status: word,
  severity: word,
  cvss: loose(z.number()),
  vector: word,
  packageName: word,
  packageVersion: word,
  packageType: word,
  packagePath: word,
  publishedDate: word,
  discoveredDate: word,
  fixDate: word,
});
type Vulnerability = z.output<typeof VULNERABILITY>;

// `cause` of a compliance names what was found, which may be a credential: it is not read.
const COMPLIANCE = z.object({ id: z.union([z.string(), z.number()]).catch(""), title: word, severity: word });

const RESULT = z.object({
  vulnerabilities: listOf(VULNERABILITY),
  vulnerabilityDistribution: z.looseObject({}).nullish(),
  compliances: listOf(COMPLIANCE),
  complianceDistribution: z.looseObject({}).nullish(),
  scanTime: word,
});
type Result = z.output<typeof RESULT>;

/** `twistcli images scan --output-file`, of Prisma Cloud Compute (Twistlock). */
export const prisma: ReportReader = {
  id: "prisma",
  mediaTypes: ["application/vnd.paloalto.twistcli+json"],
  recognises(document) {
    if (!isObject(document) || !Array.isArray(document["results"])) return false;
    const results: readonly unknown[] = document["results"];
    return (
      results.length > 0 &&
      results.every((each) => isObject(each) && ("vulnerabilityDistribution" in each || "complianceDistribution" in each))
    );
  },
  read(document) {
    const read = z.object({ results: z.array(RESULT).min(1) }).safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("a report of twistcli", read.error.issues) };
    const [result, ...more] = read.data.results;
    if (result === undefined || more.length > 0)
      return { kind: "unsupported", why: "holds reports on several images: give them one by one" };
    return readResult(result);
  },
};

/** An image without vulnerabilities has no list of them, but the counts of each severity are there. */
function readResult({ vulnerabilities, vulnerabilityDistribution, compliances, complianceDistribution, scanTime }: Result): ReadReport {
  if (!vulnerabilities && !vulnerabilityDistribution) return { kind: "failed", why: "neither vulnerabilities nor their counts are told" };
  const findings = (vulnerabilities ?? []).map(readFinding);
  if (findings.some(({ id }) => id === "")) return { kind: "malformed", why: "a vulnerability has no id" };
  const looked = Boolean(compliances) || Boolean(complianceDistribution);
  const content = (compliances ?? []).map(({ id, title, severity }) => ({
    kind: "misconfiguration" as const,
    rule: short(String(id) || title, 200),
    title: short(title, 300),
    severity: severityFromWord(severity),
  }));
  return {
    kind: "report",
    report: {
      scanner: "prisma",
      scannedAt: readTime(scanTime) ?? "unknown",
      databaseAt: "unknown",
      findings,
      ...(looked ? { content, covers: ["misconfiguration"] as const } : {}),
    },
  };
}

function readFinding(entry: Vulnerability): Finding {
  const cvss = readCvss("prisma", {
    version: entry.vector === "" ? "3.1" : "",
    vector: entry.vector,
    ...given("score", entry.cvss ?? undefined),
  });
  const severity = severityFromWord(entry.severity);
  return {
    id: short(entry.id.trim(), 200),
    aliases: [],
    severity,
    severities: [{ source: "prisma", raw: short(entry.severity, 100), severity }],
    ...given("score", cvss?.score),
    package: {
      name: short(entry.packageName, 300),
      version: short(entry.packageVersion, 200),
      type: short(entry.packageType, 100),
      ...textMember("path", entry.packagePath, 500),
    },
    ...(cvss === undefined ? {} : { cvss: [cvss] }),
    fix: readFix(entry),
    ...given("publishedAt", readTime(entry.publishedDate)),
    ...given("firstSeenAt", readTime(entry.discoveredDate)),
  };
}

const STATES: Readonly<Record<string, FixState>> = {
  "will not fix": "wont-fix",
  deferred: "deferred",
  open: "not-fixed",
  needed: "not-fixed",
  affected: "not-fixed",
};

/** `fixed in 1.2, 2.0`, `open`, `deferred`, `will not fix`. */
function readFix({ status, fixDate }: Vulnerability): Finding["fix"] {
  const listed = /^fixed in (.+)$/i.exec(status.trim())?.[1] ?? "";
  const versions = listed
    .split(",")
    .map((version) => short(version.trim(), 200))
    .filter((version) => version !== "");
  if (versions.length === 0) return { state: lookUp(STATES, status.trim().toLowerCase()) ?? "unknown", versions };
  return { state: "fixed", versions, ...given("availableAt", readTime(fixDate)) };
}
