import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { CvssClaim, Finding, FindingStatus, PackageRef } from "../../domain/finding.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { readLooseTime, short } from "../../runtime/lenient.ts";
import type { Software, SubAssessment } from "./schema.ts";

/** One finding for each vulnerability that the entry names (the older shape may name several); none where it has no id. */
export function readFindings(entry: SubAssessment): readonly Finding[] {
  const told = readTold(entry);
  return idsOf(entry).map((id) => ({ ...told, id, aliases: aliasesOf(entry, id) }));
}

const CVE = /^CVE-\d{4}-\d{4,19}$/;

function idsOf({ id, additionalData }: SubAssessment): readonly string[] {
  const cve = short(additionalData?.vulnerabilityDetails?.cveId?.trim(), 200);
  const older = (additionalData?.cve ?? []).map(({ title }) => title?.trim() ?? "").filter((title) => CVE.test(title));
  const own = short(id?.trim(), 200);
  const ids = cve !== "" ? [cve] : older.length > 0 ? older : [own];
  return [...new Set(ids)].filter((each) => each !== "");
}

/** Of an advisory's references the one CVE, where there is only one. A CVE's references are other vulnerabilities. */
function aliasesOf({ additionalData }: SubAssessment, id: string): readonly string[] {
  const titles = (additionalData?.vulnerabilityDetails?.references ?? []).map(({ title }) => title?.trim() ?? "");
  const named = [...new Set(titles)].filter((title) => CVE.test(title));
  return named.length === 1 && id.startsWith("GHSA-") ? named : [];
}

function readTold(entry: SubAssessment): Omit<Finding, "id" | "aliases"> {
  const { vulnerabilityDetails: details, softwareDetails: software, publishedTime } = entry.additionalData ?? {};
  const cvss = readScores(entry);
  const score = highestScore(cvss);
  const publishedAt = readLooseTime(details?.publishedDate ?? publishedTime);
  const status = readStatus(entry);
  return {
    ...readSeverity(entry),
    ...(score === undefined ? {} : { score }),
    ...(cvss.length === 0 ? {} : { cvss }),
    package: readPackage(software),
    fix: software ? readFix(software) : readPatchable(entry),
    ...(entry.displayName ? { title: short(entry.displayName, 300) } : {}),
    ...(publishedAt === undefined ? {} : { publishedAt }),
    ...(isUsedByAttackers(entry) ? { exploit: { isKnownExploited: true } } : {}),
    ...(status === undefined ? {} : { status }),
  };
}

/** An exploit kit is what attackers use; a published exploit alone is not. */
function isUsedByAttackers({ additionalData }: SubAssessment): boolean {
  return additionalData?.vulnerabilityDetails?.exploitabilityAssessment?.isInExploitKit === true;
}

function readSeverity({ additionalData, status }: SubAssessment): Pick<Finding, "severity" | "severities"> {
  const word = additionalData?.vulnerabilityDetails?.severity || status?.severity;
  const severity = severityFromWord(word ?? undefined);
  return { severity, severities: [{ source: "defender", raw: short(word, 100), severity }] };
}

function readPatchable({ additionalData }: SubAssessment): Finding["fix"] {
  const patchable = additionalData?.patchable;
  if (patchable === true) return { state: "fixed", versions: [] };
  return { state: patchable === false ? "not-fixed" : "unknown", versions: [] };
}

function readScores({ additionalData }: SubAssessment): readonly CvssClaim[] {
  const given = Object.entries(additionalData?.vulnerabilityDetails?.cvss ?? additionalData?.cvss ?? {}).map(([version, each]) =>
    readCvss("defender", { version, vector: each?.cvssVectorString ?? null, score: each?.base ?? null }),
  );
  const claims = given.filter((claim) => claim !== undefined);
  const alone = readCvss("defender", { version: "3.0", score: additionalData?.cvssV30Score ?? null });
  return claims.length > 0 || alone === undefined || !alone.score ? claims : [alone];
}

function readPackage(software: Software | null | undefined): PackageRef {
  const isSystem = software?.category?.toLowerCase() === "os";
  return {
    name: short(software?.packageName, 300),
    version: short(software?.version, 200),
    type: isSystem ? "os" : short(software?.language ?? software?.category, 100).toLowerCase(),
  };
}

/** A status that says there is a fix, with no version that has it, says two things: nothing is known. */
function readFix({ fixedVersion, fixStatus, fixReference }: Software): Finding["fix"] {
  const version = short(fixedVersion?.trim(), 200);
  const availableAt = readLooseTime(fixReference?.releaseDate);
  if (version !== "") return { state: "fixed", versions: [version], ...(availableAt === undefined ? {} : { availableAt }) };
  if (/^will ?not ?fix$/i.test(fixStatus ?? "")) return { state: "wont-fix", versions: [] };
  return { state: /^no ?fix/i.test(fixStatus ?? "") ? "not-fixed" : "unknown", versions: [] };
}

/** Healthy: Defender does not see it any more. NotApplicable: an exemption or a disabled rule, named by the cause. */
function readStatus({ status }: SubAssessment): FindingStatus | undefined {
  const why = short([status?.code, status?.cause, status?.description].filter((text) => text).join(": "), 300);
  if (status?.code === "Healthy") return { kind: "not-affected", by: "defender", why };
  return status?.code === "NotApplicable" ? { kind: "suppressed", by: "defender", why } : undefined;
}
