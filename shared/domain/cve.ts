const CVE = /\bCVE-\d{4}-\d{4,19}\b/g;

/** The CVE ids that a text names, each once. */
export function cvesIn(text: string): readonly string[] {
  return [...new Set(text.match(CVE))];
}
