import * as z from "zod";
import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { CvssClaim, Finding } from "../../domain/finding.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { given } from "../../oci/document.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { isObject, many, onlyDigest, short, textMember, whyMalformed, word } from "../../runtime/lenient.ts";

const SCORE = z.object({ base_score: z.number().catch(-1) }).catch({ base_score: -1 });
const SCORED = z.object({ id: word, cvss_v2: SCORE, cvss_v3: SCORE });

const ENTRY = z.object({
  vuln: word,
  severity: word,
  feed_group: word,
  package_name: word,
  package_version: word,
  package_type: word,
  package_path: word,
  fix: word,
  will_not_fix: z.boolean().catch(false),
  nvd_data: many(SCORED),
});
type Entry = z.output<typeof ENTRY>;

/** Anchore Engine's and Enterprise's list of vulnerabilities: their API's members in snake case, those of anchorectl in camel case. */
export const anchore: ReportReader = {
  id: "anchore",
  mediaTypes: ["application/vnd.anchore.vulnerabilities+json"],
  recognises(document) {
    if (Array.isArray(document)) return document.length > 0 && document.every(isEntry);
    if (!isObject(document) || !Array.isArray(document["vulnerabilities"])) return false;
    return "vulnerability_type" in document || "vulnerabilityType" in document || "image_digest" in document || "imageDigest" in document;
  },
  read(document) {
    const entries = Array.isArray(document) ? document : isObject(document) ? document["vulnerabilities"] : undefined;
    if (Array.isArray(entries) && !entries.every(isEntry)) return { kind: "malformed", why: "an entry of the list is none of Anchore's" };
    const read = z.array(ENTRY).safeParse(snakeCased(entries, 6));
    if (!read.success) return { kind: "malformed", why: whyMalformed("a list of Anchore's", read.error.issues) };
    if (read.data.length === 0 && !anchore.recognises(document))
      return { kind: "unsupported", why: "the list is empty, and does not say that Anchore has looked" };
    return readEntries(read.data, isObject(document) ? (document["image_digest"] ?? document["imageDigest"]) : undefined);
  },
};

function isEntry(entry: unknown): boolean {
  return isObject(entry) && typeof entry["vuln"] === "string" && ("package_name" in entry || "packageName" in entry);
}

function readEntries(entries: readonly Entry[], digest: unknown): ReadReport {
  return {
    kind: "report",
    report: { scanner: "anchore", scannedAt: "unknown", databaseAt: "unknown", findings: entries.map(readFinding) },
    ...given("subject", onlyDigest([typeof digest === "string" ? digest : undefined])),
  };
}

/** `packageName` as `package_name`, to the given depth. */
function snakeCased(value: unknown, depth: number): unknown {
  if (depth === 0) return undefined;
  if (Array.isArray(value)) return value.map((item) => snakeCased(item, depth - 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCased(member, depth - 1),
    ]),
  );
}

function readFinding(entry: Entry): Finding {
  const severity = severityFromWord(entry.severity);
  const cvss = entry.nvd_data.flatMap(scoresOf);
  return {
    id: short(entry.vuln, 200),
    aliases: [],
    severity,
    severities: [{ source: short(entry.feed_group || "anchore", 100), raw: short(entry.severity, 100), severity }],
    ...given("score", highestScore(cvss)),
    package: {
      name: short(entry.package_name, 300),
      version: short(entry.package_version, 200),
      type: short(entry.package_type, 100),
      ...textMember("path", told(entry.package_path), 500),
    },
    ...(cvss.length === 0 ? {} : { cvss }),
    fix: readFix(entry),
  };
}

/** Anchore writes -1 for "not scored". */
function scoresOf({ cvss_v2: two, cvss_v3: three }: Entry["nvd_data"][number]): readonly CvssClaim[] {
  const scores = [readCvss("nvd", { version: "2.0", score: two.base_score }), readCvss("nvd", { version: "3.1", score: three.base_score })];
  return scores.filter((claim) => claim !== undefined);
}

/** Python's word for nothing. */
function told(text: string): string {
  return text === "None" || text === "pkgdb" ? "" : text;
}

function readFix({ fix, will_not_fix: isRefused }: Entry): Finding["fix"] {
  const versions = told(fix)
    .split(",")
    .map((version) => short(version.trim(), 200))
    .filter((version) => version !== "");
  if (isRefused) return { state: "wont-fix", versions };
  if (versions.length > 0) return { state: "fixed", versions };
  return { state: fix === "None" ? "not-fixed" : "unknown", versions };
}
