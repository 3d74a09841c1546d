import type { CvssClaim } from "./finding.ts";

const LONGEST_VECTOR = 300;

/** What a source says of a score; `undefined` where it is neither a score nor a vector of a version that we know. */
export function readCvss(
  source: string,
  said: { readonly version?: string | null; readonly vector?: string | null; readonly score?: number | null },
): CvssClaim | undefined {
  const vector = said.vector?.trim() ?? "";
  const version = versionOf(said.version ?? "", vector);
  const score = validScore(said.score) ?? scoreOfVector(vector);
  if (version === undefined || (score === undefined && vector === "")) return undefined;
  const kept = vector === "" || vector.length > LONGEST_VECTOR ? {} : { vector };
  return { source, version, ...(score === undefined ? {} : { score }), ...kept };
}

export function highestScore(claims: readonly CvssClaim[]): number | undefined {
  const scores = claims.flatMap(({ score }) => score ?? []);
  return scores.length === 0 ? undefined : Math.max(...scores);
}

function validScore(score: number | null | undefined): number | undefined {
  return typeof score === "number" && score >= 0 && score <= 10 ? score : undefined;
}

/** `2.0`, `3.1`, `CVSSv31`, `CVSS_V3`; the vector's own prefix outweighs it. */
function versionOf(named: string, vector: string): CvssClaim["version"] | undefined {
  const prefix = /^CVSS:(3\.0|3\.1|4\.0)\//.exec(vector)?.[1];
  if (prefix === "3.0" || prefix === "3.1" || prefix === "4.0") return prefix;
  const digits = named.replace(/[^0-9]/g, "");
  if (digits === "31" || digits === "3") return "3.1";
  if (digits === "30") return "3.0";
  if (digits.startsWith("4")) return "4.0";
  return digits.startsWith("2") || /^AV:[LAN]\/AC:[HML]\/Au:/.test(vector) ? "2" : undefined;
}

type Weights = Readonly<Record<string, number>>;

// FIRST, "CVSS v3.1 Specification", section 7.4.
const V3: Readonly<Record<string, Weights>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
};
const PRIVILEGES: Readonly<Record<string, Weights>> = { U: { N: 0.85, L: 0.62, H: 0.27 }, C: { N: 0.85, L: 0.68, H: 0.5 } };

/**
 * Base score of a vector of CVSS 3.0 or 3.1 (specification, section 7.1); `undefined` for any other: version 4 has no formula but a table of
 * 270 values.
 */
export function scoreOfVector(vector: string): number | undefined {
  if (!/^CVSS:3\.[01]\//.test(vector)) return undefined;
  const given = new Map(vector.split("/").map((part) => [part.slice(0, part.indexOf(":")), part.slice(part.indexOf(":") + 1)]));
  const weigh = (name: string): number => V3[name]?.[given.get(name) ?? ""] ?? Number.NaN;
  const scope = given.get("S") ?? "";
  const base = 1 - (1 - weigh("C")) * (1 - weigh("I")) * (1 - weigh("A"));
  const impact = scope === "C" ? 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 : 6.42 * base;
  const privileges = PRIVILEGES[scope]?.[given.get("PR") ?? ""] ?? Number.NaN;
  const exploitability = 8.22 * weigh("AV") * weigh("AC") * privileges * weigh("UI");
  if (Number.isNaN(impact + exploitability)) return undefined;
  return impact <= 0 ? 0 : roundUp(Math.min((scope === "C" ? 1.08 : 1) * (impact + exploitability), 10));
}

// Specification, appendix A: the smallest number with one decimal that is not smaller, in whole numbers.
function roundUp(score: number): number {
  const whole = Math.round(score * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}
