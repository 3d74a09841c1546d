import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { Finding, SeverityClaim } from "../../domain/finding.ts";
import { severityFromScore, severityFromWord } from "../../domain/severity.ts";
import { given } from "../../oci/document.ts";
import { readAliases, readTime, short, textMember } from "../../runtime/lenient.ts";
import type { OsvPackage, OsvRecord } from "./schema.ts";

export function readFinding(record: OsvRecord, found: OsvPackage, path: string): Finding | undefined {
  const id = short(record.id.trim(), 200);
  if (id === "") return undefined;
  const cvss = record.severity.flatMap(({ type, score }) => readCvss("osv", { version: type, vector: score }) ?? []);
  const claims = readClaims(record, found);
  const { name, version, ecosystem } = found.package;
  return {
    id,
    aliases: aliasesOf(record, id),
    severity: claims[0]?.severity ?? "unknown",
    severities: claims.length === 0 ? [{ source: "osv", raw: "", severity: "unknown" }] : claims,
    ...given("score", highestScore(cvss)),
    package: { name: short(name, 300), version: short(version, 200), type: short(ecosystem, 100), ...textMember("path", path, 500) },
    ...(cvss.length === 0 ? {} : { cvss }),
    fix: readFix(record, name),
    ...textMember("title", record.summary, 300),
    ...given("publishedAt", readTime(record.published)),
    ...(record.withdrawn === "" ? {} : { status: { kind: "withdrawn", by: "osv-scanner" } as const }),
  };
}

/** Records of distributions name the CVE that they are on as `upstream` (OSV 1.7); those of advisories name all that they bundle. */
function aliasesOf({ aliases, upstream }: OsvRecord, id: string): readonly string[] {
  return readAliases([...aliases, ...(upstream.length === 1 ? upstream : [])], id);
}

/** The record's own word, the scanner's highest score of the group, the score of a vector. */
function readClaims(record: OsvRecord, { groups }: OsvPackage): readonly SeverityClaim[] {
  const word = record.database_specific.severity;
  const highest = groups.find(({ ids }) => ids.includes(record.id))?.max_severity ?? "";
  const vectors = record.severity.map(({ type, score }) => {
    const value = readCvss("osv", { version: type, vector: score })?.score;
    return { source: short(type, 100), raw: short(score, 100), severity: severityFromScore(value) };
  });
  return [
    ...(word === "" ? [] : [{ source: "osv", raw: short(word, 100), severity: severityFromWord(word) }]),
    ...(highest === "" ? [] : [{ source: "osv-scanner", raw: short(highest, 100), severity: severityFromScore(Number(highest)) }]),
    ...vectors,
  ];
}

function readFix({ affected }: OsvRecord, name: string): Finding["fix"] {
  const own = affected.filter((each) => each.package.name === name);
  const events = own.flatMap(({ ranges }) => ranges.flatMap(({ events: list }) => list));
  const versions = [...new Set(events.map(({ fixed }) => short(fixed, 200)))].filter((version) => version !== "" && version !== "0");
  if (versions.length > 0) return { state: "fixed", versions };
  return { state: events.length > 0 ? "not-fixed" : "unknown", versions };
}
