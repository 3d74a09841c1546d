import * as z from "zod";
import type { Finding } from "../../domain/finding.ts";
import { quote } from "../../domain/parse-error.ts";
import { severityFromWord } from "../../domain/severity.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { isObject, loose, many, readAliases, readLooseTime, short, textMember, whyMalformed, word } from "../../runtime/lenient.ts";

const DEPENDENCY = z
  .object({ package: z.object({ name: word }).catch({ name: "" }), version: word })
  .catch({ package: { name: "" }, version: "" });
const VULNERABILITY = z.object({
  severity: word,
  name: word,
  message: word,
  cve: word,
  location: z.object({ dependency: DEPENDENCY, operating_system: word, file: word }).catch({
    dependency: { package: { name: "" }, version: "" },
    operating_system: "",
    file: "",
  }),
  identifiers: many(z.object({ type: word, value: word, name: word })),
});

const SCANNER = z.object({ id: word, name: word }).catch({ id: "", name: "" });
const REPORT = z.object({
  version: z.string(),
  vulnerabilities: z.array(VULNERABILITY),
  scan: loose(z.object({ scanner: SCANNER, type: word, status: word, end_time: word })),
});
type Report = z.output<typeof REPORT>;

/** GitLab's security report, schema 3 to 15, of container and dependency scanning. */
export const gitlab: ReportReader = {
  id: "gitlab",
  mediaTypes: ["application/vnd.gitlab.container-scanning+json"],
  recognises: (document) =>
    isObject(document) &&
    typeof document["version"] === "string" &&
    Array.isArray(document["vulnerabilities"]) &&
    ("scan" in document || "remediations" in document),
  read(document) {
    const read = REPORT.safeParse(document);
    return read.success ? readReport(read.data) : { kind: "malformed", why: whyMalformed("a GitLab security report", read.error.issues) };
  },
};

function readReport({ vulnerabilities, scan }: Report): ReadReport {
  const wrong = whyNot(vulnerabilities.length, scan);
  if (wrong !== undefined) return wrong;
  const scanner = short(scan?.scanner.id || scan?.scanner.name || "gitlab", 100).toLowerCase();
  const findings = vulnerabilities.map((entry) => readFinding(entry, scanner));
  if (findings.some(({ id }) => id === "")) return { kind: "malformed", why: "a vulnerability has no identifier" };
  return { kind: "report", report: { scanner, scannedAt: readLooseTime(scan?.end_time) ?? "unknown", databaseAt: "unknown", findings } };
}

const TYPES = ["container_scanning", "dependency_scanning", "cluster_image_scanning"];

function whyNot(found: number, scan: Report["scan"]): ReadReport | undefined {
  if (!scan) return found > 0 ? undefined : { kind: "failed", why: "the report does not say that the scan succeeded" };
  if (!TYPES.includes(scan.type)) return { kind: "unsupported", why: `a report of the type ${quote(scan.type)} does not tell of packages` };
  return scan.status === "success" ? undefined : { kind: "failed", why: `the scan ended with the status ${quote(scan.status)}` };
}

function readFinding(entry: z.output<typeof VULNERABILITY>, scanner: string): Finding {
  const { dependency, operating_system: system, file } = entry.location;
  const values = entry.identifiers.map(({ value, name }) => value || name);
  const cves = entry.identifiers.filter(({ type }) => type === "cve").map(({ value }) => value);
  const id = short(cves[0] || entry.cve || values[0], 200);
  const severity = severityFromWord(entry.severity);
  return {
    id,
    aliases: readAliases(
      values.filter((value) => !value.startsWith("CVE-")),
      id,
    ),
    severity,
    severities: [{ source: scanner, raw: short(entry.severity, 100), severity }],
    package: {
      name: short(dependency.package.name, 300),
      version: short(dependency.version, 200),
      type: short(system, 100),
      ...textMember("path", file, 500),
    },
    // `solution` is a sentence for people.
    fix: { state: "unknown", versions: [] },
    ...textMember("title", entry.name || entry.message, 300),
  };
}
