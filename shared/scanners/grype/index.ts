import type { Digest } from "../../domain/digest.ts";
import type { ScanReport } from "../../domain/evidence.ts";
import { given } from "../../oci/document.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { count, isObject, onlyDigest, readTime, whyMalformed } from "../../runtime/lenient.ts";
import { readFinding, readIgnored } from "./finding.ts";
import { GRYPE_REPORT, type GrypeReport } from "./schema.ts";

/** `grype -o json`. */
export const grype: ReportReader = {
  id: "grype",
  mediaTypes: ["application/vnd.anchore.grype.report.v1+json", "application/vnd.anchore.grype+json", "application/grype+json"],
  keeps: keptNames(GRYPE_REPORT, "distro"),
  recognises: (document) =>
    isObject(document) && "matches" in document && ("descriptor" in document || "source" in document || "distro" in document),
  read(document) {
    const read = GRYPE_REPORT.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("a Grype report", read.error.issues) };
    if (read.data.matches.length === 0 && !grype.recognises(document))
      return { kind: "unsupported", why: "the report lists nothing, and does not say what Grype has looked at" };
    return readMatches(read.data);
  },
};

function readMatches({ matches, ignoredMatches, source, descriptor }: GrypeReport): ReadReport {
  const counting = matches.map(readFinding).filter((finding) => finding !== undefined);
  const nameless = matches.length - counting.length;
  if (matches.length > 0 && counting.length === 0) return { kind: "malformed", why: "no match in the report has an id" };
  const ignored = (ignoredMatches ?? []).map(readIgnored).filter((finding) => finding !== undefined);
  return {
    kind: "report",
    report: { scanner: "grype", ...timesOf(descriptor), findings: [...counting, ...ignored] },
    ...given("subject", subjectOf(source?.target)),
    ...(nameless === 0 ? {} : { notes: [`${count(nameless, "match", "matches")} without an id left out`] }),
  };
}

function timesOf(descriptor: GrypeReport["descriptor"]): Pick<ScanReport, "scannedAt" | "databaseAt"> {
  const built = descriptor?.db?.built || descriptor?.db?.status?.built;
  return { scannedAt: readTime(descriptor?.timestamp) ?? "unknown", databaseAt: readTime(built) ?? "unknown" };
}

/** The digest of the manifest is Grype's own where the image came from a container engine; the registry's name for it goes first. */
function subjectOf(target: NonNullable<GrypeReport["source"]>["target"]): Digest | undefined {
  return onlyDigest(target?.repoDigests ?? []) ?? onlyDigest([target?.manifestDigest]);
}
