import type { ScanReport } from "../../domain/evidence.ts";
import { quote } from "../../domain/parse-error.ts";
import { given } from "../../oci/document.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { count, isObject, onlyDigest, readTime, whyMalformed } from "../../runtime/lenient.ts";
import { openSharing } from "../../runtime/sharing.ts";
import { coveredBy, readContent } from "./content.ts";
import { readEntry, readModified } from "./finding.ts";
import { TRIVY_LEGACY, TRIVY_REPORT, TRIVY_VULNERABILITY, type TrivyReport, type TrivyResult } from "./schema.ts";

const WHAT = "a Trivy report of SchemaVersion 2 or the list before it";

/** `trivy image --format json`, SchemaVersion 2, and the bare list of results that came before it. */
export const trivy: ReportReader = {
  id: "trivy",
  mediaTypes: ["application/vnd.aquasec.trivy.report.v1+json", "application/vnd.aquasec.trivy.report+json", "application/trivy+json"],
  keeps: keptNames(TRIVY_REPORT, "ArtifactName", ...keptNames(TRIVY_VULNERABILITY)),
  recognises(document) {
    if (Array.isArray(document)) return document.length > 0 && document.every((entry: unknown) => isObject(entry) && "Target" in entry);
    return (
      isObject(document) &&
      "SchemaVersion" in document &&
      ("ArtifactName" in document || "ArtifactType" in document || "Results" in document)
    );
  },
  read(document) {
    // Trivy wrote `null` when it found nothing that it could look at. Read as a list, that would be a clean image.
    if (document === null) return { kind: "malformed", why: "the report is empty (null): it does not say that anything was scanned" };
    return Array.isArray(document) ? readLegacy(document) : readCurrent(document);
  },
};

function readCurrent(document: unknown): ReadReport {
  const read = TRIVY_REPORT.safeParse(document);
  if (!read.success) return { kind: "malformed", why: whyMalformed(WHAT, read.error.issues) };
  const { Results, Metadata, CreatedAt } = read.data;
  const answer = readResults(Results ?? [], read.data);
  if (answer.kind !== "report" && answer.kind !== "content") return answer;
  return {
    ...answer,
    report: { ...answer.report, scannedAt: readTime(CreatedAt) ?? "unknown" },
    ...given("subject", onlyDigest(Metadata?.RepoDigests ?? [])),
  };
}

function readLegacy(document: readonly unknown[]): ReadReport {
  const read = TRIVY_LEGACY.safeParse(document);
  return read.success ? readResults(read.data, undefined) : { kind: "malformed", why: whyMalformed(WHAT, read.error.issues) };
}

function readResults(results: readonly TrivyResult[], report: TrivyReport | undefined): ReadReport {
  const packages = results.filter(listsPackages);
  const covers = coveredBy(results);
  const more = covers.length === 0 ? {} : { content: results.flatMap(readContent), covers };
  if (packages.length === 0) return covers.length === 0 ? { kind: "unsupported", why: whyNothing(results, report) } : contentAlone(more);
  const share = openSharing();
  const suppressed = results.flatMap((result) =>
    (result.ExperimentalModifiedFindings ?? []).map((entry) => readModified(entry, result)).filter((finding) => finding !== undefined),
  );
  const entries = packages.flatMap((result) => (result.Vulnerabilities ?? []).map((entry) => readEntry(entry, result, share)));
  const findings = entries.filter((finding) => finding !== undefined);
  const nameless = entries.length - findings.length;
  if (entries.length > 0 && findings.length === 0) return { kind: "malformed", why: "no vulnerability in the report has an id" };
  const notes = [
    ...(nameless === 0 ? [] : [`${count(nameless, "vulnerability", "vulnerabilities")} without an id left out`]),
    ...notesOn(results, report),
  ];
  return {
    kind: "report",
    report: { scanner: "trivy", scannedAt: "unknown", databaseAt: "unknown", findings: [...findings, ...suppressed], ...more },
    ...(notes.length === 0 ? {} : { notes }),
  };
}

/** Trivy was asked for secrets, misconfigurations or licences, and not for vulnerabilities. */
function contentAlone(more: Pick<ScanReport, "content" | "covers">): ReadReport {
  return { kind: "content", report: { scanner: "trivy", scannedAt: "unknown", databaseAt: "unknown", findings: [], ...more } };
}

/**
 * Whether a result tells of packages that were compared with vulnerability data. Misconfigurations, secrets and licences tell nothing of them.
 * Before results had a class, their kind of package or the list itself (also an empty one) says it.
 */
function listsPackages({ Class, Target, Type, Vulnerabilities, Misconfigurations, Secrets, Licenses }: TrivyResult): boolean {
  if ((Vulnerabilities ?? []).length > 0 || Class === "os-pkgs" || Class === "lang-pkgs") return true;
  if (Class || Misconfigurations || Secrets || Licenses) return false;
  return Boolean(Target) && (Boolean(Type) || Vulnerabilities !== undefined);
}

/** Without a result on packages nothing was compared, also where the operating system was recognised: Trivy knows more of them than it has data for. */
function whyNothing(results: readonly TrivyResult[], report: TrivyReport | undefined): string {
  if (results.length > 0)
    return `the report has no result on packages, only ${[...new Set(results.map((result) => result.Class || "others"))].join(", ")}`;
  const family = report?.Metadata?.OS?.Family;
  return family ? `the report has no result on packages of ${quote(family)}` : "no operating system and no packages were found to scan";
}

function notesOn(results: readonly TrivyResult[], report: TrivyReport | undefined): readonly string[] {
  const suppressed = results.reduce((sum, result) => sum + (result.ExperimentalModifiedFindings?.length ?? 0), 0);
  const os = report?.Metadata?.OS;
  return [
    ...(suppressed === 0 ? [] : [`${count(suppressed, "finding", "findings")} left out by the scanner's own ignore rules`]),
    ...(os?.EOSL === true ? [`${quote(`${os.Family ?? ""} ${os.Name ?? ""}`.trim())} gets no more security data`] : []),
  ];
}
