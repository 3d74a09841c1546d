import * as z from "zod";
import { lookUp } from "../../domain/look-up.ts";
import type { Severity } from "../../domain/severity.ts";
import type { ReportReader } from "../../ports/findings-source.ts";
import { isObject, number, short, textMember, whyMalformed, word } from "../../runtime/lenient.ts";

const ENTRY = z.object({ code: z.string(), level: word, file: word, line: number, message: word });

const LEVELS: Readonly<Record<string, Severity>> = { error: "high", warning: "medium", info: "low", style: "negligible" };

/** `hadolint --format json`: what is amiss in the Dockerfile that an image was built from. */
export const hadolint: ReportReader = {
  id: "hadolint",
  mediaTypes: ["application/vnd.hadolint.report+json"],
  recognises: (document) => Array.isArray(document) && document.length > 0 && document.every(isEntry),
  read(document) {
    if (Array.isArray(document) && !document.every(isEntry)) return { kind: "malformed", why: "an entry of the list is none of Hadolint" };
    const read = z.array(ENTRY).safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("a report of Hadolint", read.error.issues) };
    const content = read.data.map(readEntry);
    return {
      kind: "content",
      report: { scanner: "hadolint", scannedAt: "unknown", databaseAt: "unknown", findings: [], covers: ["misconfiguration"], content },
    };
  },
};

function isEntry(entry: unknown): boolean {
  return isObject(entry) && typeof entry["code"] === "string" && "level" in entry && "line" in entry && "file" in entry;
}

function readEntry({ code, level, file, line, message }: z.output<typeof ENTRY>) {
  return {
    kind: "misconfiguration",
    rule: short(code, 200),
    title: short(message || code, 300),
    severity: lookUp(LEVELS, level) ?? "unknown",
    ...textMember("path", file !== "" && line ? `${file}:${line}` : file, 500),
  } as const;
}
