import * as z from "zod";
import { readCvss } from "../../domain/cvss.ts";
import type { CvssClaim, Finding } from "../../domain/finding.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { count, isObject, listOf, loose, numeric, onlyDigest, short, text, whyMalformed } from "../../runtime/lenient.ts";
import { OLDER_VULNERABILITY, readOlder, systemOf } from "./older.ts";

const SCORE = loose(z.object({ Vectors: text, Score: numeric }));
const METADATA = loose(z.object({ NVD: loose(z.object({ CVSSv3: SCORE, CVSSv2: SCORE })) }));
const VULNERABILITY = OLDER_VULNERABILITY.extend({ Metadata: METADATA });

const FEATURE = z.object({
  Name: text,
  Version: text,
  VersionFormat: text,
  NamespaceName: text,
  AddedBy: text,
  Vulnerabilities: listOf(VULNERABILITY),
});
type Feature = z.output<typeof FEATURE>;

const LAYER = z.object({ Name: text, IndexedByVersion: numeric, Features: listOf(FEATURE) });
const ANSWER = z.union([
  z.object({ status: z.string(), data: z.object({ Layer: LAYER.nullish() }).nullish() }),
  z.object({ Layer: LAYER }).transform((data) => ({ status: undefined, data })),
]);

/** Quay's answer on a manifest's security (`?vulnerabilities=true`), and its `data` alone. */
export const quay: ReportReader = {
  id: "quay",
  mediaTypes: [],
  keeps: keptNames(LAYER, "status", "data", "Layer"),
  recognises(document) {
    if (!isObject(document)) return false;
    const layer = document["Layer"];
    return isObject(layer)
      ? "Features" in layer
      : typeof document["status"] === "string" && "data" in document && isLayerOrNull(document["data"]);
  },
  read(document) {
    const read = ANSWER.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("Quay's answer on a manifest's security", read.error.issues) };
    const { status, data } = read.data;
    return (status === undefined ? undefined : whyNotScanned(status)) ?? readLayer(data?.Layer, status);
  },
};

function isLayerOrNull(data: unknown): boolean {
  return data === null || (isObject(data) && "Layer" in data);
}

// endpoints/api/secscan.py, SecurityScanStatus
function whyNotScanned(status: string): ReadReport | undefined {
  const why = `Quay says ${short(status, 100)}`;
  if (status === "scanned") return undefined;
  if (status === "queued") return { kind: "pending", why };
  return { kind: status === "unsupported" || status === "manifest_layer_too_large" ? "unsupported" : "failed", why };
}

function readLayer(layer: z.output<typeof LAYER> | null | undefined, status: string | undefined): ReadReport {
  if (!layer?.Features) return { kind: "failed", why: "Quay does not list the packages of the image" };
  const read = layer.Features.flatMap(readFeature);
  const findings = read.filter((finding) => finding !== undefined);
  const nameless = read.length - findings.length;
  if (findings.length === 0) {
    const wasIndexed = status !== undefined || (layer.IndexedByVersion ?? 0) > 0;
    const unknown = whyNotClean(layer.Features, nameless, wasIndexed);
    if (unknown !== undefined) return unknown;
  }
  const subject = onlyDigest([layer.Name]);
  return {
    kind: "report",
    report: { scanner: "quay", scannedAt: "unknown", databaseAt: "unknown", findings },
    ...(subject === undefined ? {} : { subject }),
    ...(nameless === 0 ? {} : { notes: [`${count(nameless, "vulnerability", "vulnerabilities")} without a name left out`] }),
  };
}

function whyNotClean(features: readonly Feature[], nameless: number, wasIndexed: boolean): ReadReport | undefined {
  if (nameless > 0) return { kind: "malformed", why: "no vulnerability in the answer has a name" };
  if (features.length === 0) return { kind: "unsupported", why: "Quay found no packages to look at" };
  if (features.every(({ Vulnerabilities }) => !Vulnerabilities))
    return { kind: "failed", why: "the answer lists packages without their vulnerabilities: ask with vulnerabilities=true" };
  return wasIndexed ? undefined : { kind: "unsupported", why: "the answer does not say that the image was scanned" };
}

function readFeature({ Name, Version, VersionFormat, NamespaceName, AddedBy, Vulnerabilities }: Feature): readonly (Finding | undefined)[] {
  const layer = short(AddedBy, 200);
  const found = {
    name: short(Name, 300),
    version: short(Version, 200),
    type: systemOf(NamespaceName) || short(VersionFormat, 100),
    ...(layer === "" ? {} : { layer }),
  };
  return (Vulnerabilities ?? []).map((each) => readOlder("quay", each, found, readScores(each.Metadata)));
}

/** Quay writes empty text and 0 where NVD gives no score. */
function readScores(metadata: z.output<typeof METADATA>): readonly CvssClaim[] {
  const { CVSSv3, CVSSv2 } = metadata?.NVD ?? {};
  const claims = [
    readCvss("nvd", { version: "3", vector: CVSSv3?.Vectors ?? null, score: CVSSv3?.Score ?? null }),
    readCvss("nvd", { version: "2", vector: CVSSv2?.Vectors ?? null, score: CVSSv2?.Score ?? null }),
  ];
  return claims.filter((claim) => claim !== undefined).filter(({ score, vector }) => vector !== undefined || score !== 0);
}
