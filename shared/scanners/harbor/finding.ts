import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { CvssClaim, Finding, FixState } from "../../domain/finding.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { short } from "../../runtime/lenient.ts";
import type { HarborItem } from "./schema.ts";

/** A finding, or `undefined` where the entry has no id. */
export function readFinding(item: HarborItem, scanner: string): Finding | undefined {
  const id = short(item.id?.trim(), 200);
  if (id === "") return undefined;
  const cvss = readScores(item);
  const score = highestScore(cvss);
  const severity = severityFromWord(item.severity ?? undefined);
  return {
    id,
    aliases: [],
    severity,
    severities: [{ source: scanner, raw: short(item.severity, 100), severity }],
    ...(score === undefined ? {} : { score }),
    ...(cvss.length === 0 ? {} : { cvss }),
    package: { name: short(item.package, 300), version: short(item.version, 200), type: "" },
    fix: readFix(item),
    ...(item.description ? { title: short(item.description, 300) } : {}),
  };
}

// The words of Trivy's adapter; others say `won't fix` and the like.
const STATES: Readonly<Record<string, FixState>> = {
  fixed: "fixed",
  affected: "not-fixed",
  "will not fix": "wont-fix",
  "won't fix": "wont-fix",
  "fix deferred": "deferred",
  "end of life": "end-of-life",
};

/** A version that is named is a fix, whatever the status says; an empty one is none. One entry lists the fix of each branch. */
function readFix({ fix_version: given, status }: HarborItem): Finding["fix"] {
  const versions = (given ?? "")
    .split(",")
    .map((version) => short(version.trim(), 200))
    .filter((version) => version !== "");
  const state = STATES[(status ?? "").toLowerCase().replaceAll("_", " ")];
  if (versions.length > 0) return { state: "fixed", versions: [...new Set(versions)] };
  return { state: state ?? (given === "" ? "not-fixed" : "unknown"), versions: [] };
}

/** The vendors' scores with their names, else the preferred one, of which nobody says whose it is. */
function readScores({ preferred_cvss: preferred, vendor_attributes: vendor }: HarborItem): readonly CvssClaim[] {
  const named = Object.entries(vendor?.CVSS ?? {}).flatMap(([source, given]) => [
    readScore(short(source, 100), "2", given?.V2Score, given?.V2Vector),
    readScore(short(source, 100), "3", given?.V3Score, given?.V3Vector),
    readScore(short(source, 100), "4", given?.V40Score, given?.V40Vector),
  ]);
  const unnamed = [
    readScore("preferred", "3", preferred?.score_v3, preferred?.vector_v3),
    readScore("preferred", "2", preferred?.score_v2, preferred?.vector_v2),
  ];
  return [...unnamed, ...named].filter((claim) => claim !== undefined);
}

function readScore(
  source: string,
  version: string,
  score: number | null | undefined,
  vector: string | null | undefined,
): CvssClaim | undefined {
  if (!score && !vector) return undefined;
  return readCvss(source, { version, score: score ?? null, vector: vector ?? null });
}
