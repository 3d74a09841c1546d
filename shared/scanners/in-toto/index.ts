import * as z from "zod";
import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { Finding, PackageRef } from "../../domain/finding.ts";
import { severityFromScore, severityFromWord } from "../../domain/severity.ts";
import { given } from "../../oci/document.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { isObject, loose, onlyDigest, readTime, short, text, whyMalformed } from "../../runtime/lenient.ts";

const PREDICATES = /^https:\/\/(in-toto\.io\/attestation\/vulns\/v0\.[12]|cosign\.sigstore\.dev\/attestation\/vuln\/v1)$/;

const RESULT = z.object({
  id: z.string().trim().min(1),
  severity: loose(z.array(z.object({ method: text, score: loose(z.union([z.string(), z.number()])) }))),
});
type Result = z.output<typeof RESULT>;

// in-toto/attestation, spec/predicates/vuln.md: `result` is left out where it is empty. cosign's holds the scanner's own report, or null.
const PREDICATE = z.object({
  scanner: z.object({ uri: text, db: loose(z.object({ lastUpdate: text })), result: z.array(RESULT).nullish() }),
  metadata: loose(z.object({ scanFinishedOn: text })),
});

const SUBJECT = z.array(z.object({ uri: text, name: text, digest: loose(z.record(z.string(), z.string())) })).nullish();

/**
 * Lists of vulnerability ids as in-toto statements: `vulns` 0.1 and 0.2, also a predicate alone. A predicate that carries a scanner's own
 * report is read by the reader of that report.
 */
export const inToto: ReportReader = {
  id: "in-toto",
  mediaTypes: [],
  recognises(document) {
    if (!isObject(document)) return false;
    if (typeof document["predicateType"] === "string") return PREDICATES.test(document["predicateType"]);
    return isObject(document["scanner"]) && isObject(document["metadata"]) && "scanStartedOn" in document["metadata"];
  },
  read(document) {
    if (!isObject(document)) return { kind: "malformed", why: "not an object" };
    const isStatement = "predicate" in document;
    const read = PREDICATE.safeParse(isStatement ? document["predicate"] : document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("an in-toto vulnerability predicate", read.error.issues) };
    const subjects = SUBJECT.safeParse(document["subject"]).data ?? [];
    return readPredicate(read.data, subjects);
  },
};

function readPredicate({ scanner, metadata }: z.output<typeof PREDICATE>, subjects: NonNullable<z.output<typeof SUBJECT>>): ReadReport {
  const finishedAt = readTime(metadata?.scanFinishedOn);
  if (scanner.result === null) return { kind: "unsupported", why: "the statement holds no result of the scan (null)" };
  if (finishedAt === undefined && (scanner.result ?? []).length === 0)
    return { kind: "failed", why: "the statement does not say that the scan was finished, and holds no result" };
  const [subject] = subjects;
  return {
    kind: "report",
    report: {
      scanner: short(scanner.uri || "in-toto", 200),
      scannedAt: finishedAt ?? "unknown",
      databaseAt: readTime(scanner.db?.lastUpdate) ?? "unknown",
      findings: (scanner.result ?? []).map((result) => readFinding(result, packageOf(subject?.uri || subject?.name || ""))),
    },
    ...given(
      "subject",
      onlyDigest(subjects.map(({ digest }) => (digest?.["sha256"] === undefined ? undefined : `sha256:${digest["sha256"]}`))),
    ),
  };
}

/** The statement names its subject and no package: for a purl that is the package. */
function packageOf(uri: string): PackageRef {
  const [, type = "", name = "", version = ""] = /^pkg:([^/]+)\/(?:.*\/)?([^/@?#]+)(?:@([^?#]+))?/.exec(uri) ?? [];
  return type === ""
    ? { name: "", version: "", type: "" }
    : { name: short(name, 300), version: short(version, 200), type, purl: short(uri, 500) };
}

function readFinding({ id, severity }: Result, found: PackageRef): Finding {
  const claims = (severity ?? []).map(({ method, score }) => readClaim(method ?? "", score ?? ""));
  const cvss = claims.flatMap((claim) => claim.cvss ?? []);
  const counting = claims.map((claim) => claim.severity).find((each) => each !== "unknown") ?? "unknown";
  return {
    id: short(id, 200),
    aliases: [],
    severity: counting,
    severities: [{ source: "in-toto", raw: short(String(severity?.[0]?.score ?? ""), 100), severity: counting }],
    ...given("score", highestScore(cvss)),
    package: found,
    ...(cvss.length === 0 ? {} : { cvss }),
    fix: { state: "unknown", versions: [] },
  };
}

/** A score is met as a number, as a text, as a vector and as a word. */
function readClaim(method: string, score: string | number) {
  const isVector = typeof score === "string" && score.includes("/");
  const value = Number(score);
  const said = isVector ? { version: method, vector: score } : { version: method, score: Number.isNaN(value) ? null : value };
  const cvss = readCvss(short(method || "in-toto", 100), said);
  return { cvss, severity: cvss?.score === undefined ? severityFromWord(String(score)) : severityFromScore(cvss.score) };
}
