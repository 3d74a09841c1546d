import * as z from "zod";
import type { ReportReader } from "../../ports/findings-source.ts";
import { count, isObject, numeric, short, whyMalformed } from "../../runtime/lenient.ts";
import { OLDER_VULNERABILITY, readOlder, systemOf } from "./older.ts";

const REPORT = z.object({ LayerCount: numeric, Vulnerabilities: z.record(z.string(), z.array(OLDER_VULNERABILITY).nullable()) });

/** Output of `klar` with FORMAT_OUTPUT=json, a client of Clair 1 to 3: vulnerabilities grouped by severity. */
export const klar: ReportReader = {
  id: "klar",
  mediaTypes: [],
  recognises: (document) => isObject(document) && "LayerCount" in document && "Vulnerabilities" in document,
  read(document) {
    const read = REPORT.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("an output of klar", read.error.issues) };
    const all = Object.entries(read.data.Vulnerabilities).flatMap(([group, list]) =>
      (list ?? []).map((each) => ({ ...each, Severity: each.Severity ?? group })),
    );
    const findings = all.map((each) => readOlder("klar", each, packageOf(each))).filter((finding) => finding !== undefined);
    const nameless = all.length - findings.length;
    if (findings.length === 0 && nameless > 0) return { kind: "malformed", why: "no vulnerability in the output has a name" };
    if (findings.length === 0 && !((read.data.LayerCount ?? 0) >= 1)) return { kind: "unsupported", why: "klar looked at no layer" };
    return {
      kind: "report",
      report: { scanner: "klar", scannedAt: "unknown", databaseAt: "unknown", findings },
      ...(nameless === 0 ? {} : { notes: [`${count(nameless, "vulnerability", "vulnerabilities")} without a name left out`] }),
    };
  },
};

function packageOf({ FeatureName, FeatureVersion, NamespaceName }: z.output<typeof OLDER_VULNERABILITY>): {
  name: string;
  version: string;
  type: string;
} {
  return { name: short(FeatureName, 300), version: short(FeatureVersion, 200), type: systemOf(NamespaceName) };
}
