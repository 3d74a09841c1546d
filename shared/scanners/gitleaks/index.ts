import * as z from "zod";
import type { ContentFinding } from "../../domain/content-finding.ts";
import type { ReportReader } from "../../ports/findings-source.ts";
import { isObject, number, short, textMember, whyMalformed, word } from "../../runtime/lenient.ts";

// Version 8, and 7 with other names. What was found (`Secret`, `Match`, `offender`, `line`) is not even read.
const LEAK = z.object({
  RuleID: word,
  Description: word,
  File: word,
  StartLine: number,
  rule: word,
  file: word,
  lineNumber: number,
});

/** `gitleaks --report-format json`, versions 7 and 8: secrets in files. */
export const gitleaks: ReportReader = {
  id: "gitleaks",
  mediaTypes: ["application/vnd.gitleaks.report+json"],
  recognises: (document) => Array.isArray(document) && document.length > 0 && document.every(isLeak),
  read(document) {
    if (Array.isArray(document) && !document.every(isLeak))
      return { kind: "malformed", why: "an entry of the list is no leak of Gitleaks" };
    const read = z.array(LEAK).safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("a report of Gitleaks", read.error.issues) };
    const content = read.data.map(readLeak);
    return {
      kind: "content",
      report: { scanner: "gitleaks", scannedAt: "unknown", databaseAt: "unknown", findings: [], covers: ["secret"], content },
    };
  },
};

function isLeak(entry: unknown): boolean {
  return (
    isObject(entry) &&
    ((typeof entry["RuleID"] === "string" && "File" in entry) || (typeof entry["rule"] === "string" && "offender" in entry))
  );
}

function readLeak({ RuleID, Description, File, StartLine, rule, file, lineNumber }: z.output<typeof LEAK>): ContentFinding {
  const id = RuleID || rule;
  const path = File || file;
  const line = StartLine ?? lineNumber ?? 0;
  return {
    kind: "secret",
    rule: short(id, 200),
    title: short(Description || id, 300),
    severity: "unknown",
    ...textMember("path", path !== "" && line > 0 ? `${path}:${line}` : path, 500),
  };
}
