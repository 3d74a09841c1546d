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
  return WORDS[word?.trim().toLowerCase() ?? ""] ?? "unknown";
}
