import { isIndexType } from "../../../../shared/domain/manifest.ts";
import { scanRuleFor, scanStatusOf } from "../acts/scan.ts";
import { optionalRecord, record, text } from "../input.ts";
import { pageOf } from "../page.ts";
import { AwsRefusal } from "../refusal.ts";
import type { RestCall, RestOperation } from "../rest.ts";
import type { StoredImage } from "../state/image.ts";
import { imageArn, type RegistryState } from "../state/registry.ts";
import { type RepositoryState, tagsOf } from "../state/repository.ts";
import type { Cluster } from "../state/scan.ts";
import { seconds } from "../state/seconds.ts";
import { fitsFilter } from "./filter.ts";

type Json = Readonly<Record<string, unknown>>;

interface Covered {
  readonly repository: RepositoryState;
  readonly image: StoredImage;
  readonly status: { readonly statusCode: string; readonly reason: string };
}

/** Indexes are not covered. Without enhanced scanning nothing is. */
function covered(registry: RegistryState): readonly Covered[] {
  if (registry.scanning.scanType !== "ENHANCED") return [];
  return [...registry.repositories.values()].flatMap((repository) =>
    [...repository.images.values()].flatMap((image) => {
      const scan = repository.scans.get(image.digest);
      if (isIndexType(image.mediaType) || (scan === undefined && scanRuleFor(registry, repository).frequency !== "MANUAL")) return [];
      return [{ repository, image, status: scan === undefined ? BY_HAND : scanStatusOf(image, scan) }];
    }),
  );
}

const BY_HAND = { statusCode: "INACTIVE", reason: "SCAN_FREQUENCY_MANUAL" };

function list({ registry, input }: RestCall): Json {
  const criteria = optionalRecord(input, "filterCriteria") ?? {};
  const fitting = covered(registry).filter(({ repository, image, status }) =>
    fitsFilter(criteria, {
      accountId: () => [registry.account],
      resourceId: () => [imageArn(registry, repository.name, image.digest)],
      resourceType: () => ["AWS_ECR_CONTAINER_IMAGE"],
      scanType: () => ["PACKAGE"],
      scanStatusCode: () => [status.statusCode],
      scanStatusReason: () => [status.reason],
      ecrRepositoryName: () => [repository.name],
      ecrImageTags: () => tagsOf(repository, image.digest),
      ecrImageInUseCount: () => [running(repository, image).length],
    }),
  );
  const { items, next } = pageOf(input, fitting, { most: 200, usual: 100, refusal: "ValidationException" });
  return { coveredResources: items.map((one) => show(registry, one)), ...next };
}

function running({ clusters }: RepositoryState, { digest }: StoredImage): readonly Cluster[] {
  return (clusters.get(digest) ?? []).filter((cluster) => cluster.running > 0);
}

function show(registry: RegistryState, { repository, image, status }: Covered): Json {
  const [completedAt, use] = [repository.scans.get(image.digest)?.completedAt, running(repository, image)];
  return {
    resourceType: "AWS_ECR_CONTAINER_IMAGE",
    resourceId: imageArn(registry, repository.name, image.digest),
    accountId: registry.account,
    scanType: "PACKAGE",
    scanStatus: status,
    ...(completedAt === undefined ? {} : { lastScannedAt: seconds(completedAt) }),
    resourceMetadata: {
      ecrImage: {
        tags: tagsOf(repository, image.digest),
        ...(image.pulledAt === undefined ? {} : { imagePulledAt: seconds(image.pulledAt) }),
        ...(use.length === 0 ? {} : { lastInUseAt: seconds(Math.max(...use.map(({ lastInUseAt }) => lastInUseAt))) }),
        inUseCount: use.length,
      },
    },
  };
}

/** ECS and EKS alone: of functions and of other places nothing is known here. */
function clusters({ registry, input }: RestCall): Json {
  const resource = text(record(input, "filter"), "resourceId");
  const [, name = "", digest = ""] = /:repository\/(.+?)(?:\/(sha256:[0-9a-f]{64}))?$/.exec(resource) ?? [];
  if (name === "") {
    throw new AwsRefusal("ValidationException", "resourceId is no ARN of an image", { members: { reason: "FIELD_VALIDATION_FAILED" } });
  }
  const repository = registry.repositories.get(name);
  const all = digest === "" ? [...(repository?.clusters.values() ?? [])].flat() : (repository?.clusters.get(digest) ?? []);
  const byArn = [...Map.groupBy(all, ({ arn }) => arn)];
  const { items, next } = pageOf(input, byArn, { most: 100, usual: 100, refusal: "ValidationException" });
  return { cluster: items.map(([clusterArn, details]) => ({ clusterArn, clusterDetails: details.map(clusterDetail) })), ...next };
}

function clusterDetail({ running: up, stopped, lastInUseAt, workload }: Cluster): Json {
  const clusterMetadata =
    workload.kind === "ecs"
      ? { awsEcsMetadataDetails: { detailsGroup: workload.service, taskDefinitionArn: workload.taskDefinitionArn } }
      : { awsEksMetadataDetails: { namespace: workload.namespace, workloadInfoList: workload.workloads } };
  return { lastInUse: seconds(lastInUseAt), runningUnitCount: up, stoppedUnitCount: stopped, clusterMetadata };
}

function configuration({ world }: RestCall): Json {
  const rescan = { rescanDuration: "DAYS_14", pullDateRescanDuration: "DAYS_14", pullDateRescanMode: "LAST_IN_USE_AT", status: "SUCCESS" };
  return { ecrConfiguration: { rescanDurationState: { ...rescan, updatedAt: seconds(world.now()) } } };
}

export const COVERAGE_OPERATIONS: readonly RestOperation[] = [
  { name: "ListCoverage", method: "POST", path: "/coverage/list", answer: list },
  { name: "GetClustersForImage", method: "POST", path: "/cluster/get", answer: clusters },
  { name: "GetConfiguration", method: "POST", path: "/configuration/get", answer: configuration },
];
