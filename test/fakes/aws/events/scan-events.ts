import { eventOfFinding, findingsOf, type ImageFindings } from "../inspector2/finding.ts";
import type { StoredImage } from "../state/image.ts";
import { imageArn, type RegistryState, repositoryArn } from "../state/registry.ts";
import { type RepositoryState, tagsOf } from "../state/repository.ts";
import type { InspectorSeverity, Scan, Vulnerability } from "../state/scan.ts";
import type { World } from "../world.ts";
import { tell } from "./envelope.ts";

export function tellScanned(world: World, registry: RegistryState, repository: RepositoryState, image: StoredImage, scan: Scan): void {
  if (scan.type === "BASIC") return tellBasic(world, registry, repository, image, scan);
  // Of what could not be scanned, the coverage tells.
  if (scan.outcome?.kind !== "found") return;
  tellFindings(world, { registry, repository, image, scan });
  if (!scan.isRevival) tellInitial(world, registry, repository, image, scan);
}

function tellBasic(world: World, registry: RegistryState, repository: RepositoryState, image: StoredImage, scan: Scan): void {
  const { outcome } = scan;
  const detail = {
    "scan-status": outcome?.kind === "found" ? "COMPLETE" : "FAILED",
    "repository-name": repository.name,
    "finding-severity-counts": outcome?.kind === "found" ? basicCounts(outcome.vulnerabilities) : {},
    "image-digest": image.digest,
    "image-tags": tagsOf(repository, image.digest),
  };
  const resources = [repositoryArn(registry, repository.name)];
  tell(world, registry, { type: "ECR Image Scan", source: "aws.ecr", resources, detail });
}

/** Only severities that occur; what Inspector calls untriaged is undefined here. */
export function basicCounts(vulnerabilities: readonly Vulnerability[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { severity } of vulnerabilities) {
    const name = severity === "UNTRIAGED" ? "UNDEFINED" : severity;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** `repository-name` is an ARN here, and severities below MEDIUM are seen in the total alone. */
function tellInitial(world: World, registry: RegistryState, repository: RepositoryState, image: StoredImage, { outcome }: Scan): void {
  const found = outcome?.kind === "found" ? outcome.vulnerabilities : [];
  const count = (wanted: InspectorSeverity): number => found.filter(({ severity }) => severity === wanted).length;
  const arn = repositoryArn(registry, repository.name);
  const detail = {
    "scan-status": "INITIAL_SCAN_COMPLETE",
    "repository-name": arn,
    "finding-severity-counts": { CRITICAL: count("CRITICAL"), HIGH: count("HIGH"), MEDIUM: count("MEDIUM"), TOTAL: found.length },
    "image-digest": image.digest,
    "image-tags": tagsOf(repository, image.digest),
    version: "1.0",
  };
  tell(world, registry, { type: "Inspector2 Scan", source: "aws.inspector2", resources: [arn], detail });
}

/** One event for each finding. */
export function tellFindings(world: World, of: ImageFindings): void {
  const resources = [imageArn(of.registry, of.repository.name, of.image.digest)];
  for (const finding of findingsOf(of)) {
    tell(world, of.registry, { type: "Inspector2 Finding", source: "aws.inspector2", resources, detail: eventOfFinding(finding) });
  }
}

/** What Inspector says of whether it looks at an image. */
export function tellCoverage(world: World, registry: RegistryState, repository: string, digest: string, status: object): void {
  const detail = {
    scanStatus: status,
    scanType: "PACKAGE",
    provider: "AWS",
    providerAccountId: registry.account,
    providerRegion: registry.region,
    eventTimestamp: new Date(world.now()).toISOString(),
    version: "1.0",
  };
  const resources = [imageArn(registry, repository, digest)];
  tell(world, registry, { type: "Inspector2 Coverage", source: "aws.inspector2", resources, detail });
}
