import * as z from "zod";
import type { ContentFinding } from "../../domain/content-finding.ts";
import { lookUp } from "../../domain/look-up.ts";
import type { Severity } from "../../domain/severity.ts";
import type { ReportReader } from "../../ports/findings-source.ts";
import { count, isObject, short, whyMalformed, word } from "../../runtime/lenient.ts";

// `alerts` names what was found, which may be a credential: it is not read.
const DETAIL = z.object({ code: z.string(), title: word, level: word });
const REPORT = z.object({ summary: z.looseObject({}), details: z.array(DETAIL).nullish() });

const LEVELS: Readonly<Record<string, Severity>> = { FATAL: "high", WARN: "medium", INFO: "low" };
/** What Dockle was told to leave out, did not look at, or found well. */
const NO_FINDING = ["IGNORE", "SKIP", "PASS"];
// "Do not store credential in environment variables/files" (dockle, CHECKPOINT.md).
const SECRETS = ["CIS-DI-0010"];

/** `dockle --format json`: checkpoints on an image's configuration and files. */
export const dockle: ReportReader = {
  id: "dockle",
  mediaTypes: ["application/vnd.goodwithtech.dockle+json", "application/vnd.dockle.report+json"],
  recognises: (document) =>
    isObject(document) && isObject(document["summary"]) && "fatal" in document["summary"] && "warn" in document["summary"],
  read(document) {
    const read = REPORT.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("a report of Dockle", read.error.issues) };
    const details = read.data.details ?? [];
    const content = details.filter(({ level }) => !NO_FINDING.includes(level)).map(readDetail);
    const ignored = details.filter(({ level }) => level === "IGNORE").length;
    return {
      kind: "content",
      report: { scanner: "dockle", scannedAt: "unknown", databaseAt: "unknown", findings: [], covers: ["misconfiguration"], content },
      ...(ignored === 0 ? {} : { notes: [`${count(ignored, "checkpoint", "checkpoints")} left out by Dockle's own ignore rules`] }),
    };
  },
};

function readDetail({ code, title, level }: z.output<typeof DETAIL>): ContentFinding {
  const kind = SECRETS.includes(code) ? "secret" : "misconfiguration";
  return { kind, rule: short(code, 200), title: short(title || code, 300), severity: lookUp(LEVELS, level) ?? "unknown" };
}
