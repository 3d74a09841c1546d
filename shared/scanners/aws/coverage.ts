import * as z from "zod";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { isObject, loose, onlyDigest, short, text, whyMalformed } from "../../runtime/lenient.ts";
import { isLookedAt, type Unlooked, whyUnlooked } from "./scan-status.ts";

const RESOURCE = z.object({
  resourceId: text,
  resourceType: text,
  scanType: text,
  scanStatus: loose(z.object({ statusCode: text, reason: text })),
});
type Resource = z.output<typeof RESOURCE>;

const ANSWER = z.object({ coveredResources: z.array(RESOURCE), nextToken: text, NextToken: text });

/** Answer of Inspector2's ListCoverage: whether an image is scanned at all. It never tells findings, so it is never a clean report. */
export const inspector2Coverage: ReportReader = {
  id: "inspector2-coverage",
  mediaTypes: [],
  recognises: (document) => isObject(document) && Array.isArray(document["coveredResources"]),
  read(document) {
    const read = ANSWER.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("an answer of Inspector2's ListCoverage", read.error.issues) };
    const { coveredResources, nextToken, NextToken } = read.data;
    if (nextToken || NextToken) return { kind: "failed", why: "the answer is one page of several: gather them all into one list" };
    return readResources(coveredResources.filter(({ resourceType }) => isImage(resourceType)));
  },
};

// AWS_ECR_CONTAINER_IMAGE, Microsoft.ContainerRegistry/registry/containerImage, artifactregistry.googleapis.com/DockerImage
function isImage(type: string | null | undefined): boolean {
  return /(?:CONTAINER_IMAGE|\/containerImage|\/DockerImage)$/.test(type ?? "");
}

function readResources(images: readonly Resource[]): ReadReport {
  if (images.length === 0) return { kind: "unsupported", why: "Inspector names no image among what it covers" };
  const states = images.map((image) => ({ kind: kindOf(image), why: whyOf(image) }));
  for (const kind of ["failed", "pending", "unsupported"] as const) {
    const such = states.filter((state) => state.kind === kind);
    if (such.length > 0) return { kind, why: [...new Set(such.map(({ why }) => why))].slice(0, 10).join("; ") };
  }
  const subject = onlyDigest(images.map(({ resourceId }) => /sha256:[0-9a-f]{64}$/.exec(resourceId ?? "")?.[0]));
  return { kind: "facts", ...(subject === undefined ? {} : { subject }), notes: [...new Set(states.map(({ why }) => why))].slice(0, 10) };
}

function whyOf({ scanStatus, scanType }: Resource): string {
  return `Inspector's ${short(scanType, 30) || "scan"} coverage is ${short(scanStatus?.statusCode, 30) || "not told"}: ${short(scanStatus?.reason, 100) || "no reason given"}`;
}

function kindOf({ scanStatus }: Resource): "complete" | Exclude<Unlooked, "refused"> {
  if (isLookedAt(scanStatus)) return "complete";
  const why = whyUnlooked(scanStatus?.reason ?? "");
  return why === "refused" ? "failed" : why;
}
