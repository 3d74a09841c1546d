import type { Instant } from "../../domain/time.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { count, isObject, onlyDigest, readLooseTime, whyMalformed } from "../../runtime/lenient.ts";
import { readFindings } from "./finding.ts";
import { PAGE, type SubAssessment } from "./schema.ts";

/**
 * Sub-assessments of Defender for Containers: the API's list, rows of Resource Graph, a bare list or one. An image without rows may be
 * clean, may not have been scanned, and Defender does not say which.
 */
export const defender: ReportReader = {
  id: "defender",
  mediaTypes: [],
  keeps: keptNames(PAGE, "data", "type", "id"),
  recognises(document) {
    const list = rowsIn(document);
    return Array.isArray(list) && list.length > 0 && list.every((row: unknown) => isSubAssessment(row));
  },
  read(document) {
    const page = isObject(document) ? document : {};
    const read = PAGE.safeParse({ ...page, value: rowsIn(document) });
    if (!read.success) return { kind: "malformed", why: whyMalformed("sub-assessments of Defender for Cloud", read.error.issues) };
    if (read.data.nextLink || read.data.$skipToken)
      return { kind: "failed", why: "the answer is one page of several: gather them all into one list" };
    return readRows(read.data.value.map(({ properties }) => properties));
  },
};

function rowsIn(document: unknown): unknown {
  if (isSubAssessment(document)) return [document];
  return isObject(document) ? (document["value"] ?? document["data"]) : document;
}

function isSubAssessment(value: unknown): boolean {
  if (!isObject(value) || !isObject(value["properties"])) return false;
  return [value["type"], value["id"]].some((name) => typeof name === "string" && /\/subassessments(?:\/|$)/i.test(name));
}

// Azure, Aws and Gcp + ContainerRegistryVulnerability; without the prefix in the older shape.
function isOfImage({ additionalData }: SubAssessment): boolean {
  return /ContainerRegistryVulnerability$/i.test(additionalData?.assessedResourceType ?? "");
}

function readRows(rows: readonly SubAssessment[]): ReadReport {
  const ofImages = rows.filter(isOfImage);
  const read = ofImages.map(readFindings);
  const findings = read.flat();
  const nameless = read.filter((each) => each.length === 0).length;
  if (findings.length === 0 && nameless > 0) return { kind: "malformed", why: "no vulnerability in the list has an id" };
  if (findings.length === 0)
    return { kind: "unsupported", why: "the list has no vulnerability of an image, and does not say that one was scanned" };
  const images = new Set(ofImages.flatMap(imageOf));
  const subject = onlyDigest([...images]);
  const others = rows.length - ofImages.length;
  const notes = [
    ...(nameless === 0 ? [] : [`${count(nameless, "vulnerability", "vulnerabilities")} without an id left out`]),
    ...(others === 0 ? [] : [`${count(others, "entry", "entries")} on other things than images left out`]),
    ...(images.size < 2 ? [] : [`tells of ${images.size} images`]),
  ];
  return {
    kind: "report",
    report: { scanner: "defender", scannedAt: latest(ofImages), databaseAt: "unknown", findings },
    ...(subject === undefined ? {} : { subject }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

function imageOf({ additionalData, resourceDetails }: SubAssessment): readonly string[] {
  const digest = additionalData?.artifactDetails?.digest ?? /sha256:[0-9a-f]{64}$/.exec(resourceDetails?.id ?? "")?.[0];
  return digest ? [digest] : [];
}

function latest(rows: readonly SubAssessment[]): Instant | "unknown" {
  const times = rows.flatMap(({ timeGenerated }) => readLooseTime(timeGenerated) ?? []).sort((a, b) => b - a);
  return times[0] ?? "unknown";
}
