import { lookUp } from "./look-up.ts";

/** Ordered from least to most severe. `unknown` is outside of the order: it must not rank below `low` (Harbor's code 0 never blocks). */
export const SEVERITIES = ["negligible", "low", "medium", "high", "critical"] as const;

export type KnownSeverity = (typeof SEVERITIES)[number];
export type Severity = KnownSeverity | "unknown";

export function atLeast(severity: KnownSeverity, threshold: KnownSeverity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(threshold);
}

// Vocabularies of the scanners and registries that we read: reference "policy-findings" 3.3.
const WORDS: Readonly<Record<string, Severity>> = {
  critical: "critical",
  defcon1: "critical",
  high: "high",
  important: "high",
  medium: "medium",
  moderate: "medium",
  low: "low",
  negligible: "negligible",
  minimal: "negligible",
  informational: "negligible",
  none: "negligible",
  info: "negligible",
};

/** A scanner's own word; any word that we do not know is `unknown`, never a guess. */
export function severityFromWord(word: string | undefined): Severity {
  return lookUp(WORDS, word?.trim().toLowerCase() ?? "") ?? "unknown";
}

/** CVSS qualitative rating (4.0 specification, section 6). No score, 0.0 and what is no score are `unknown`: tools write 0.0 for what was not rated. */
export function severityFromScore(score: number | undefined): Severity {
  if (score === undefined || !(score > 0 && score <= 10)) return "unknown";
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  return score >= 4 ? "medium" : "low";
}
