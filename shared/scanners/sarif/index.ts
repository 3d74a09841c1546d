import type { ContentKind } from "../../domain/content-finding.ts";
import { quote } from "../../domain/parse-error.ts";
import { given } from "../../oci/document.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { count, isObject, onlyDigest, readTime, whyMalformed } from "../../runtime/lenient.ts";
import { isSuppressed, isVulnerability, type Ruled, readContent, readFinding, slugOf, withRules } from "./result.ts";
import { SARIF_LOG, type SarifRun } from "./schema.ts";

/** SARIF 2.1.0 of any tool. Only of a tool that is known to look for vulnerabilities does an empty list say that there are none. */
export const sarif: ReportReader = {
  id: "sarif",
  mediaTypes: ["application/sarif+json", "application/vnd.oasis.sarif+json"],
  keeps: keptNames(SARIF_LOG),
  recognises: (document) => isObject(document) && Array.isArray(document["runs"]) && "version" in document,
  read(document) {
    const read = SARIF_LOG.safeParse(document);
    return read.success ? readRuns(read.data.runs) : { kind: "malformed", why: whyMalformed("a SARIF 2.1.0 log", read.error.issues) };
  },
};

// Names of drivers, as slugs.
const SCANNERS =
  /^(trivy|grype|snyk(-container|-open-source|-oss)?|docker-scout|osv-scanner|clair|anchore.*|prisma-cloud.*|xray|jfrog.*|sysdig.*|wiz.*)$/;

function readRuns(runs: readonly SarifRun[]): ReadReport {
  const wrong = whyUnfinished(runs);
  if (wrong !== undefined) return { kind: "failed", why: wrong };
  const ruled = runs.flatMap(withRules);
  const findings = ruled.filter(isVulnerability).map(readFinding);
  const content = ruled.filter((each) => !isVulnerability(each)).map(readContent);
  const tools = [...new Set(runs.map((run) => slugOf(run.tool.driver.name)))];
  const scans = findings.length > 0 || tools.some((tool) => SCANNERS.test(tool));
  if (!scans && content.length === 0)
    return { kind: "unsupported", why: `the report is empty, and it is not known what ${quote(tools.join(", "))} looks for` };
  const covers = [...new Set(content.map(({ kind }): ContentKind => kind))];
  const more = covers.length === 0 ? {} : { content, covers };
  return {
    kind: scans ? "report" : "content",
    report: { scanner: tools.join("+"), scannedAt: timeOf(runs) ?? "unknown", databaseAt: "unknown", findings, ...more },
    ...given("subject", onlyDigest(runs.flatMap(({ properties }) => properties.repoDigests))),
    ...notesOn(ruled),
  };
}

function notesOn(ruled: readonly Ruled[]): { readonly notes?: readonly string[] } {
  const suppressed = ruled.filter(isSuppressed).length;
  return suppressed === 0 ? {} : { notes: [`${count(suppressed, "result", "results")} suppressed in the report`] };
}

function whyUnfinished(runs: readonly SarifRun[]): string | undefined {
  if (runs.length === 0) return "the report holds no run: it does not say that anything was scanned";
  if (runs.some(({ invocations }) => invocations.some(({ executionSuccessful }) => executionSuccessful === false)))
    return "the tool says that it did not run to its end";
  return runs.some(({ results }) => results === undefined || results === null)
    ? "a run has no list of results, not even an empty one"
    : undefined;
}

function timeOf(runs: readonly SarifRun[]) {
  const ends = runs.flatMap(({ invocations }) => invocations.flatMap(({ endTimeUtc }) => readTime(endTimeUtc) ?? []));
  return ends.length === 0 ? undefined : ends.reduce((a, b) => (a > b ? a : b));
}
