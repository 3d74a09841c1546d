import { UpdateImageStorageClassCommand } from "@aws-sdk/client-ecr";
import {
  BatchGetFindingDetailsCommand,
  type FilterCriteria,
  GetClustersForImageCommand,
  GetConfigurationCommand,
  ListCoverageCommand,
  ListFindingsCommand,
  paginateListFindings,
} from "@aws-sdk/client-inspector2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cluster } from "../../fakes/aws/state/scan.ts";
import { type Pushed, pushImage, pushIndex } from "../../fakes/pusher.ts";
import { APP, type AwsWorld, openAwsWorld, START, vulnerability } from "./aws-world.ts";

let world: AwsWorld;
let image: Pushed;
const KNOWN_EXPLOITED = { addedOn: 20_000, dueOn: 20_021 };
const FOUND = [
  vulnerability("CVE-2026-0001", { severity: "CRITICAL", epss: 0.9, knownExploited: KNOWN_EXPLOITED }),
  vulnerability("CVE-2026-0002", { severity: "UNTRIAGED", package: { name: "zlib", version: "1.2", manager: "OS" } }),
  vulnerability("CVE-2026-0003", { isSuppressed: true }),
];

beforeEach(async () => {
  world = await openAwsWorld();
  world.home.scanEverything();
  world.aws.controls.scanner = () => ({ kind: "found", vulnerabilities: FOUND });
  image = await pushImage(world.served, APP, "one", "1.0");
});
afterEach(() => world.close());

const equals = (value: string) => [{ comparison: "EQUALS" as const, value }];
const list = async (filterCriteria: FilterCriteria) =>
  (await world.inspector.send(new ListFindingsCommand({ filterCriteria }))).findings?.map(({ title }) => title?.slice(0, 13));

describe("findings", () => {
  test("are chosen by the digest, the repository, and what else a filter says", async () => {
    world.aws.controls.scanner = () => ({ kind: "found", vulnerabilities: [vulnerability("CVE-2026-0009")] });
    const other = await pushImage(world.served, "team/other", "two", "1.0");
    const mine = { ecrImageHash: equals(image.digest), ecrImageRepositoryName: equals(APP), ecrImageRegistry: equals("123456789012") };
    expect(await list(mine)).toEqual(["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"]);
    expect(await list({ ...mine, findingStatus: equals("ACTIVE") })).toEqual(["CVE-2026-0001", "CVE-2026-0002"]);
    expect(await list({ ...mine, severity: [...equals("CRITICAL"), ...equals("UNTRIAGED")] })).toHaveLength(2);
    expect(await list({ ...mine, severity: [{ comparison: "NOT_EQUALS", value: "CRITICAL" }] })).not.toContain("CVE-2026-0001");
    expect(await list({ ecrImageHash: equals(other.digest) })).toEqual(["CVE-2026-0009"]);
    expect(await list({ epssScore: [{ lowerInclusive: 0.5 }] })).toEqual(["CVE-2026-0001"]);
    expect(await list({ vulnerabilityId: [{ comparison: "PREFIX", value: "CVE-2026-000" }] })).toHaveLength(4);
  });

  test("are given in pages", async () => {
    const pages = await Array.fromAsync(paginateListFindings({ client: world.inspector, pageSize: 2 }, {}));
    expect(pages.map(({ findings }) => findings?.length)).toEqual([2, 1]);
  });

  test("are not there yet when the scan is told to be over, for as long as was set", async () => {
    world.aws.controls.emptyFindingsLooks = 1;
    const late = await pushImage(world.served, APP, "late", "late");
    expect(await list({ ecrImageHash: equals(late.digest) })).toEqual([]);
    expect(await list({ ecrImageHash: equals(late.digest) })).toHaveLength(3);
  });

  test("of an archived image are closed", async () => {
    const imageId = { imageDigest: image.digest };
    await world.ecr.send(new UpdateImageStorageClassCommand({ repositoryName: APP, imageId, targetStorageClass: "ARCHIVE" }));
    expect(await list({ findingStatus: equals("ACTIVE") })).toEqual([]);
    expect(await list({ findingStatus: equals("CLOSED") })).toHaveLength(3);
  });

  test("tell what is known to be exploited only one by one", async () => {
    const { findings = [] } = await world.inspector.send(new ListFindingsCommand({}));
    const arns = findings.map(({ findingArn }) => findingArn ?? "");
    const absent = `arn:aws:inspector2:eu-central-1:123456789012:finding/${"0".repeat(32)}`;
    const asked = new BatchGetFindingDetailsCommand({ findingArns: [arns[0] ?? "", arns[1] ?? "", absent] });
    const { findingDetails, errors } = await world.inspector.send(asked);
    expect(findingDetails?.map(({ cisaData }) => cisaData?.dateAdded)).toEqual([new Date(KNOWN_EXPLOITED.addedOn * 86_400_000), undefined]);
    expect(errors).toMatchObject([{ findingArn: absent, errorCode: "FINDING_DETAILS_NOT_FOUND" }]);
  });

  test("by a filter that is not built here are refused: all of them would be the wrong answer", async () => {
    await expect(list({ networkProtocol: equals("TCP") })).rejects.toMatchObject({ name: "ValidationException" });
  });
});

describe("coverage", () => {
  const statuses = async () => {
    const filterCriteria = { ecrRepositoryName: [{ comparison: "EQUALS" as const, value: APP }] };
    const { coveredResources = [] } = await world.inspector.send(new ListCoverageCommand({ filterCriteria }));
    return coveredResources.map(({ scanStatus }) => `${scanStatus?.statusCode} ${scanStatus?.reason}`);
  };

  test("tells what was looked at from what was not, and why", async () => {
    world.aws.controls.scanner = () => ({ kind: "unsupported", reason: "UNSUPPORTED_OS" });
    await pushImage(world.served, APP, "scratch", "2.0");
    world.aws.controls.scanForMs = 60_000;
    await pushImage(world.served, APP, "later", "3.0");
    await pushIndex(world.served, APP, [image], "multi");
    expect(await statuses()).toEqual(["ACTIVE SUCCESSFUL", "INACTIVE UNSUPPORTED_OS", "ACTIVE PENDING_INITIAL_SCAN"]);
  });

  test("ends with the archive", async () => {
    const command = { repositoryName: APP, imageId: { imageDigest: image.digest } };
    await world.ecr.send(new UpdateImageStorageClassCommand({ ...command, targetStorageClass: "ARCHIVE" }));
    expect(await statuses()).toEqual(["INACTIVE IMAGE_ARCHIVED"]);
    world.aws.controls.scanForMs = 60_000;
    await world.ecr.send(new UpdateImageStorageClassCommand({ ...command, targetStorageClass: "STANDARD" }));
    expect(await statuses()).toEqual(["ACTIVE PENDING_REVIVAL_SCAN"]);
  });
});

describe("clusters that run an image", () => {
  const ask = (resourceId: string) => world.inspector.send(new GetClustersForImageCommand({ filter: { resourceId } }));
  const cluster: Cluster = {
    arn: "arn:aws:eks:eu-central-1:123456789012:cluster/prod",
    running: 3,
    stopped: 1,
    lastInUseAt: START,
    workload: { kind: "eks", namespace: "shop", workloads: [{ name: "web", type: "Deployment" }] },
  };

  test("are named with what runs it and how often", async () => {
    world.home.runIn(APP, image.digest, [cluster]);
    const { cluster: found } = await ask(`${world.home.arn(APP)}/${image.digest}`);
    expect(found).toMatchObject([
      { clusterArn: cluster.arn, clusterDetails: [{ runningUnitCount: 3, stoppedUnitCount: 1, lastInUse: new Date(START) }] },
    ]);
  });

  test("are none where nothing runs it", async () => {
    expect((await ask(`${world.home.arn(APP)}/${image.digest}`)).cluster).toEqual([]);
  });

  test("show in findings and coverage that it is in use", async () => {
    world.home.runIn(APP, image.digest, [cluster]);
    expect(await list({ ecrImageInUseCount: [{ lowerInclusive: 1 }] })).toHaveLength(3);
    const { coveredResources } = await world.inspector.send(new ListCoverageCommand({}));
    expect(coveredResources?.[0]?.resourceMetadata?.ecrImage).toMatchObject({ inUseCount: 1, lastInUseAt: new Date(START) });
  });
});

test("the configuration tells how long images are looked at again", async () => {
  const { ecrConfiguration } = await world.inspector.send(new GetConfigurationCommand({}));
  expect(ecrConfiguration?.rescanDurationState?.rescanDuration).toBe("DAYS_14");
});
