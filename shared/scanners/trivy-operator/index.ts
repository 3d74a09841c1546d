import * as z from "zod";
import type { Digest } from "../../domain/digest.ts";
import type { Finding } from "../../domain/finding.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { given } from "../../oci/document.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { isObject, loose, onlyDigest, readTime, short, textMember, whyMalformed, word } from "../../runtime/lenient.ts";

const VULNERABILITY = z.object({
  vulnerabilityID: word,
  resource: word,
  installedVersion: word,
  fixedVersion: word,
  severity: word,
  title: word,
  score: loose(z.number()),
  publishedDate: word,
  packageType: word,
  packagePURL: word,
  packagePath: word,
  target: word,
});
const SECRET = z.object({ ruleID: word, title: word, severity: word, target: word });

const ARTIFACT = z.object({ digest: word }).catch({ digest: "" });
const HEAD = { updateTimestamp: word, artifact: ARTIFACT };
const ITEM = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("VulnerabilityReport"), report: z.object({ ...HEAD, vulnerabilities: z.array(VULNERABILITY) }) }),
  z.object({ kind: z.literal("ExposedSecretReport"), report: z.object({ ...HEAD, secrets: z.array(SECRET) }) }),
]);
type Item = z.output<typeof ITEM>;

/** VulnerabilityReport and ExposedSecretReport of Trivy Operator, one by one or as `kubectl get -o json` lists them. */
export const trivyOperator: ReportReader = {
  id: "trivy-operator",
  mediaTypes: [],
  recognises: (document) => isObject(document) && (isOwn(document) || (document["kind"] === "List" && itemsOf(document).some(isOwn))),
  read(document) {
    const items = itemsOf(document);
    if (items.length === 0 || items.some((item) => !isOwn(item)))
      return { kind: "malformed", why: "holds no report of Trivy Operator, or others too" };
    if (items.some((item) => !isRead(item))) return { kind: "unsupported", why: "tells of a workload's configuration, not of an image" };
    const read = z.array(ITEM).safeParse(items);
    return read.success ? readItems(read.data) : { kind: "malformed", why: whyMalformed("a report of Trivy Operator", read.error.issues) };
  },
};

function itemsOf(document: unknown): readonly unknown[] {
  if (!isObject(document)) return [];
  if (document["kind"] !== "List") return [document];
  return Array.isArray(document["items"]) ? document["items"] : [];
}

function isOwn(item: unknown): boolean {
  return isObject(item) && typeof item["apiVersion"] === "string" && item["apiVersion"].startsWith("aquasecurity.github.io/");
}

function isRead(item: unknown): boolean {
  return isObject(item) && (item["kind"] === "VulnerabilityReport" || item["kind"] === "ExposedSecretReport");
}

function readItems(items: readonly Item[]): ReadReport {
  const digests = new Set(items.map(({ report }) => report.artifact.digest));
  if (digests.size > 1) return { kind: "unsupported", why: `holds reports on ${digests.size} images: give them one by one` };
  const findings = items.flatMap((item) => (item.kind === "VulnerabilityReport" ? item.report.vulnerabilities.map(readFinding) : []));
  if (findings.some(({ id }) => id === "")) return { kind: "malformed", why: "a vulnerability has no id" };
  const secrets = items.flatMap((item) => (item.kind === "ExposedSecretReport" ? item.report.secrets.map(readSecret) : []));
  const times = items.flatMap(({ report }) => readTime(report.updateTimestamp) ?? []);
  const looksForSecrets = items.some(({ kind }) => kind === "ExposedSecretReport");
  return {
    kind: items.some(({ kind }) => kind === "VulnerabilityReport") ? "report" : "content",
    report: {
      scanner: "trivy",
      scannedAt: times.length === 0 ? "unknown" : times.reduce((a, b) => (a < b ? a : b)),
      databaseAt: "unknown",
      findings,
      ...(looksForSecrets ? { content: secrets, covers: ["secret"] as const } : {}),
    },
    ...given("subject", subjectOf(items)),
  };
}

function subjectOf(items: readonly Item[]): Digest | undefined {
  return onlyDigest(items.map(({ report }) => report.artifact.digest));
}

function readFinding(entry: z.output<typeof VULNERABILITY>): Finding {
  const versions = entry.fixedVersion
    .split(",")
    .map((version) => short(version.trim(), 200))
    .filter((version) => version !== "");
  return {
    id: short(entry.vulnerabilityID.trim(), 200),
    aliases: [],
    severity: severityFromWord(entry.severity),
    severities: [{ source: "trivy", raw: short(entry.severity, 100), severity: severityFromWord(entry.severity) }],
    ...given("score", entry.score !== undefined && entry.score !== null && entry.score >= 0 && entry.score <= 10 ? entry.score : undefined),
    package: {
      name: short(entry.resource, 300),
      version: short(entry.installedVersion, 200),
      type: short(entry.packageType, 100),
      ...textMember("purl", entry.packagePURL, 500),
      ...textMember("path", entry.packagePath || entry.target, 500),
    },
    fix: { state: versions.length > 0 ? "fixed" : "unknown", versions },
    ...textMember("title", entry.title, 300),
    ...given("publishedAt", readTime(entry.publishedDate)),
  };
}

/** Rule and place; `match` holds the secret. */
function readSecret({ ruleID, title, severity, target }: z.output<typeof SECRET>) {
  const rule = short(ruleID, 200);
  return {
    kind: "secret",
    rule,
    title: short(title || ruleID, 300),
    severity: severityFromWord(severity),
    ...textMember("path", target, 500),
  } as const;
}
