import { isIndexType } from "../../../../shared/domain/manifest.ts";
import { tellCoverage, tellFindings, tellScanned } from "../events/scan-events.ts";
import type { StoredImage } from "../state/image.ts";
import { matchesWildcard, type RegistryState } from "../state/registry.ts";
import type { RepositoryState } from "../state/repository.ts";
import type { Scan, ScanOutcome } from "../state/scan.ts";
import type { World } from "../world.ts";

const FREQUENCIES = ["CONTINUOUS_SCAN", "SCAN_ON_PUSH"];

/** How often a repository is scanned by the rules of its registry, and the filters that say so; the most thorough rule counts. */
export function scanRuleFor({ scanning }: RegistryState, { name, settings }: RepositoryState) {
  for (const frequency of FREQUENCIES) {
    const filters = scanning.rules.filter((rule) => rule.scanFrequency === frequency).flatMap((rule) => rule.repositoryFilters);
    const applied = filters.filter(({ filter }) => matchesWildcard(filter, name));
    if (applied.length > 0) return { frequency, applied };
  }
  return { frequency: settings.scanOnPush && scanning.scanType === "BASIC" ? "SCAN_ON_PUSH" : "MANUAL", applied: [] };
}

/** What a push or a restore starts: basic scanning with a push alone. Indexes are never scanned, only what they name. */
export function scanPushed(
  world: World,
  registry: RegistryState,
  repository: RepositoryState,
  image: StoredImage,
  why: "push" | "push again" | "restore",
): void {
  if (isIndexType(image.mediaType) || scanRuleFor(registry, repository).frequency === "MANUAL") return;
  if (why === "restore" && registry.scanning.scanType === "BASIC") return;
  startScan(world, registry, repository, image, why !== "push");
}

const PICKED_UP_MS = 14 * 86_400_000;

/** The other scanner knows nothing of what the one before found, and takes up only what was pushed lately. */
export function changeScanner(world: World, registry: RegistryState, scanning: RegistryState["scanning"]): void {
  const isOther = registry.scanning.scanType !== scanning.scanType;
  registry.scanning = scanning;
  if (!isOther) return;
  for (const repository of registry.repositories.values()) {
    repository.scans.clear();
    const lately = [...repository.images.values()].filter(
      ({ pushedAt, status }) => status === "ACTIVE" && world.now() - pushedAt < PICKED_UP_MS,
    );
    if (scanning.scanType === "ENHANCED") for (const image of lately) scanPushed(world, registry, repository, image, "push");
  }
}

export function startScan(world: World, registry: RegistryState, repository: RepositoryState, image: StoredImage, isRevival = false): void {
  const started: Scan = {
    type: registry.scanning.scanType,
    isRevival,
    startedAt: world.now(),
    closed: [],
    emptyLooks: world.controls.emptyFindingsLooks,
  };
  repository.scans.set(image.digest, started);
  world.later(world.controls.scanForMs, () => {
    if (repository.scans.get(image.digest) === started) {
      completeScan(world, registry, repository, image, world.controls.scanner(image, repository.name));
    }
  });
}

/** Also for what is found later: Inspector then tells what is new, one event each, and no scan. */
export function completeScan(
  world: World,
  registry: RegistryState,
  repository: RepositoryState,
  image: StoredImage,
  outcome: ScanOutcome,
): void {
  const before = repository.scans.get(image.digest);
  if (before === undefined) return;
  const isFirst = before.outcome === undefined;
  const known = before.outcome?.kind === "found" ? before.outcome.vulnerabilities : [];
  const now = outcome.kind === "found" ? outcome.vulnerabilities : [];
  const closed = known.filter(({ id }) => !now.some((one) => one.id === id));
  const scan: Scan = {
    ...before,
    outcome,
    completedAt: world.now(),
    closed: [...before.closed.filter(({ id }) => !now.some((one) => one.id === id)), ...closed],
  };
  repository.scans.set(image.digest, scan);
  if (isFirst) tellScanned(world, registry, repository, image, scan);
  else if (scan.type === "ENHANCED") {
    const fresh = now.filter(({ id }) => !known.some((one) => one.id === id));
    const changed: Scan = { ...scan, closed, outcome: { kind: "found", vulnerabilities: fresh } };
    tellFindings(world, { registry, repository, image, scan: changed });
  }
  if (scan.type === "ENHANCED") tellCoverage(world, registry, repository.name, image.digest, coverageOf(image, scan));
}

/** Nobody looks at an archived image; its results are lost for whoever did not keep them. */
export function closeScan(world: World, registry: RegistryState, repository: RepositoryState, image: StoredImage): void {
  const before = repository.scans.get(image.digest);
  if (before === undefined) return;
  const closed = before.outcome?.kind === "found" ? before.outcome.vulnerabilities : [];
  const scan: Scan = { ...before, outcome: { kind: "unsupported", reason: "IMAGE_ARCHIVED" }, closed };
  repository.scans.set(image.digest, { ...scan, closed: [...before.closed, ...closed] });
  if (scan.type === "BASIC") return;
  tellFindings(world, { registry, repository, image, scan });
  tellCoverage(world, registry, repository.name, image.digest, { statusCodeValue: "INACTIVE", reason: "IMAGE_ARCHIVED" });
}

function coverageOf(image: StoredImage, scan: Scan): object {
  const { statusCode, reason } = scanStatusOf(image, scan);
  return { reason, statusCodeValue: statusCode };
}

/** As ListCoverage names it. */
export function scanStatusOf(image: StoredImage, { outcome, isRevival }: Scan): { readonly statusCode: string; readonly reason: string } {
  if (image.status !== "ACTIVE") return { statusCode: "INACTIVE", reason: "IMAGE_ARCHIVED" };
  switch (outcome?.kind) {
    case undefined:
      return { statusCode: "ACTIVE", reason: isRevival ? "PENDING_REVIVAL_SCAN" : "PENDING_INITIAL_SCAN" };
    case "found":
      return { statusCode: "ACTIVE", reason: "SUCCESSFUL" };
    case "unsupported":
      return { statusCode: "INACTIVE", reason: outcome.reason };
    case "failed":
      return { statusCode: "INACTIVE", reason: "INTERNAL_ERROR" };
  }
}
