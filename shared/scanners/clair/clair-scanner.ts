import * as z from "zod";
import type { ReportReader } from "../../ports/findings-source.ts";
import { count, isObject, short, text, whyMalformed } from "../../runtime/lenient.ts";
import { readOlder, systemOf } from "./older.ts";

const VULNERABILITY = z.object({
  featurename: text,
  featureversion: text,
  vulnerability: text,
  namespace: text,
  link: text,
  severity: text,
  fixedby: text,
});

const REPORT = z.object({ image: z.string().min(1), unapproved: z.array(z.string()).nullish(), vulnerabilities: z.array(VULNERABILITY) });

/** Report of `clair-scanner --report`, a client of Clair 1 to 3. `unapproved` are the ids that its own allow-list does not have. */
export const clairScanner: ReportReader = {
  id: "clair-scanner",
  mediaTypes: [],
  recognises: (document) => isObject(document) && "image" in document && "unapproved" in document && "vulnerabilities" in document,
  read(document) {
    const read = REPORT.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("a report of clair-scanner", read.error.issues) };
    const { vulnerabilities, unapproved } = read.data;
    const findings = vulnerabilities.map(readVulnerability).filter((finding) => finding !== undefined);
    const nameless = vulnerabilities.length - findings.length;
    const named = new Set(vulnerabilities.map(({ vulnerability }) => vulnerability));
    const missing = (unapproved ?? []).filter((id) => !named.has(id)).length;
    if (findings.length === 0 && nameless + missing > 0)
      return { kind: "malformed", why: "the report names vulnerabilities that it does not list" };
    if (findings.length === 0 && !unapproved)
      return { kind: "unsupported", why: "the report does not say that the image was compared with the allow-list" };
    const notes = [
      ...(nameless === 0 ? [] : [`${count(nameless, "vulnerability", "vulnerabilities")} without an id left out`]),
      ...(missing === 0 ? [] : [`${count(missing, "id", "ids")} under unapproved of which the report tells nothing else`]),
    ];
    return {
      kind: "report",
      report: { scanner: "clair-scanner", scannedAt: "unknown", databaseAt: "unknown", findings },
      ...(notes.length === 0 ? {} : { notes }),
    };
  },
};

function readVulnerability(each: z.output<typeof VULNERABILITY>): ReturnType<typeof readOlder> {
  return readOlder(
    "clair-scanner",
    {
      Name: each.vulnerability,
      NamespaceName: each.namespace,
      Link: each.link,
      Severity: each.severity,
      FixedBy: each.fixedby,
      FeatureName: each.featurename,
      FeatureVersion: each.featureversion,
    },
    { name: short(each.featurename, 300), version: short(each.featureversion, 200), type: systemOf(each.namespace) },
  );
}
