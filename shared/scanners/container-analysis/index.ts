import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { count, isObject, onlyDigest, whyMalformed } from "../../runtime/lenient.ts";
import { readOccurrence } from "./finding.ts";
import { DESCRIBED, OCCURRENCE, type Occurrence, PAGE } from "./schema.ts";
import { readState } from "./state.ts";

const ID = "container-analysis";

/**
 * Occurrences of Google's Container Analysis about one image: a page of ListOccurrences, a bare list, one occurrence, or what
 * `gcloud artifacts docker images describe` prints. The DISCOVERY occurrence says how far the scan is.
 */
export const containerAnalysis: ReportReader = {
  id: ID,
  mediaTypes: [],
  keeps: [...keptNames(PAGE), ...keptNames(DESCRIBED)],
  recognises(document) {
    if (isDescribed(document) || isOccurrence(document)) return true;
    const list = isObject(document) ? document["occurrences"] : document;
    return Array.isArray(list) && list.length > 0 && list.every((each: unknown) => isOccurrence(each));
  },
  read(document) {
    if (isOccurrence(document)) return readOne(document);
    return isDescribed(document) ? readDescribed(document) : readPage(Array.isArray(document) ? { occurrences: document } : document);
  },
};

function isOccurrence(value: unknown): boolean {
  return isObject(value) && typeof value["name"] === "string" && value["name"].includes("/occurrences/") && "resourceUri" in value;
}

function isDescribed(document: unknown): boolean {
  return isObject(document) && ("discovery_summary" in document || "package_vulnerability_summary" in document);
}

/** One occurrence says nothing of others: it must not replace a list, so a vulnerability counts as a scanner of its own. */
function readOne(document: unknown): ReadReport {
  const read = OCCURRENCE.safeParse(document);
  if (!read.success) return { kind: "malformed", why: whyMalformed("an occurrence of Container Analysis", read.error.issues) };
  if (read.data.vulnerability) {
    const name = read.data.name?.split("/").at(-1) ?? "";
    return readOccurrences([read.data], `${ID} occurrence ${name}`.slice(0, 100));
  }
  const state = readState([read.data]);
  if ("why" in state) return state;
  if (state.kind === "untold") return { kind: "unsupported", why: "the occurrence is neither a vulnerability nor the state of a scan" };
  return { kind: "facts", notes: ["Container Analysis has scanned the image; its findings are not here"] };
}

function readDescribed(document: unknown): ReadReport {
  const read = DESCRIBED.safeParse(document);
  if (!read.success) return { kind: "malformed", why: whyMalformed("what gcloud tells of an image", read.error.issues) };
  const groups = read.data.package_vulnerability_summary?.vulnerabilities;
  const discoveries = read.data.discovery_summary?.discovery ?? [];
  if (groups) return readOccurrences([...discoveries, ...Object.values(groups).flatMap((group) => group ?? [])], ID);
  const state = readState(discoveries);
  if ("why" in state) return state;
  return { kind: "unsupported", why: "the vulnerabilities were not asked for: describe the image with --show-package-vulnerability" };
}

function readPage(document: unknown): ReadReport {
  const read = PAGE.safeParse(document);
  if (!read.success) return { kind: "malformed", why: whyMalformed("occurrences of Container Analysis", read.error.issues) };
  const { occurrences, nextPageToken, unreachable } = read.data;
  if (nextPageToken) return { kind: "failed", why: "the answer is one page of several: gather them all into one list" };
  if ((unreachable ?? []).length > 0) return { kind: "failed", why: "Container Analysis could not ask all of its regions" };
  return readOccurrences(occurrences, ID);
}

function readOccurrences(occurrences: readonly Occurrence[], scanner: string): ReadReport {
  const state = readState(occurrences);
  if ("why" in state) return state;
  const read = occurrences.flatMap((each) => (each.vulnerability ? [readOccurrence(each, each.vulnerability)] : []));
  const findings = read.flat();
  const nameless = read.filter((each) => each.length === 0).length;
  if (findings.length === 0 && nameless > 0) return { kind: "malformed", why: "no vulnerability in the list has a name" };
  if (findings.length === 0 && state.kind === "untold") return { kind: "unsupported", why: "nothing says that the image was scanned" };
  const images = new Set(occurrences.flatMap(({ resourceUri }) => resourceUri || []));
  const subject = onlyDigest([...images]);
  const notes = [
    ...state.notes,
    ...(nameless === 0 ? [] : [`${count(nameless, "vulnerability", "vulnerabilities")} without a name left out`]),
    ...(images.size < 2 ? [] : [`tells of ${images.size} images`]),
  ];
  const { scannedAt, databaseAt } = state;
  return {
    kind: "report",
    report: { scanner, scannedAt, databaseAt, findings },
    ...(subject === undefined ? {} : { subject }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
