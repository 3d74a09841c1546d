import { describe, expect, test } from "vitest";
import { digestOf } from "../../fixtures/records.ts";
import { doubts, runs, seen } from "./given.ts";

const [A, B] = [digestOf("a"), digestOf("b")];
const ECR = "111122223333.dkr.ecr.eu-central-1.amazonaws.com";

describe("ECS", () => {
  const task = {
    taskArn: "arn:aws:ecs:eu-central-1:111122223333:task/prod/0123",
    clusterArn: "arn:aws:ecs:eu-central-1:111122223333:cluster/prod",
    group: "service:api",
    lastStatus: "RUNNING",
    containers: [{ name: "api", image: `${ECR}/shop/api:1.0`, imageDigest: A }],
  };

  test("a task runs the digest that was resolved for it", async () => {
    const tags = [{ key: "moorgate.dev/owner", value: "shop" }];
    const usage = await seen([
      {
        tasks: [
          { ...task, tags },
          { ...task, group: "family:once" },
        ],
        failures: [],
      },
    ]);
    expect(runs(usage)).toEqual({ [A]: ["prod/Service/api", "prod/Task/once"] });
    expect(usage.images[0]?.workloads[0].owner).toBe("shop");
  });

  test("a task that has stopped runs nothing, and one whose digest is not known yet may run what has its image's name", async () => {
    const usage = await seen([
      {
        tasks: [
          { ...task, lastStatus: "STOPPED" },
          { ...task, lastStatus: "PENDING", containers: [{ image: `${ECR}/shop/web:1` }] },
        ],
      },
    ]);
    expect(usage.images).toEqual([]);
    expect(doubts(usage)).toEqual(["prod/Service/api runs shop/web"]);
  });

  test("a task that was not described may run anything, but for one that is gone", async () => {
    const failures = [
      { arn: "arn:aws:ecs:eu-central-1:111122223333:task/prod/1", reason: "MISSING" },
      { arn: "arn:aws:ecs:eu-central-1:111122223333:task/prod/2", reason: "ACCESS" },
    ];
    expect(doubts(await seen([{ tasks: [], failures }]))).toEqual(["Task/2 runs ?"]);
  });

  test("a task definition uses what it names by digest; alone it does not say what runs", async () => {
    const taskDefinition = { family: "api", containerDefinitions: [{ image: `${ECR}/shop/api@${B}` }, { image: `${ECR}/shop/log:1` }] };
    expect(runs(await seen([{ tasks: [] }, { taskDefinition }]))).toEqual({ [B]: ["TaskDefinition/api"] });
    await expect(seen([{ taskDefinition }])).rejects.toMatchObject({ name: "ParseError" });
  });
});

test("a Lambda function runs what its image was resolved to, each version its own", async () => {
  const answer = (version: string, code: object, packageType = "Image"): object => ({
    Configuration: {
      FunctionName: "thumbs",
      FunctionArn: `arn:aws:lambda:eu-central-1:111122223333:function:thumbs${version}`,
      PackageType: packageType,
    },
    Code: { RepositoryType: "ECR", ...code },
    Tags: { "moorgate.dev/owner": "media" },
  });
  const usage = await seen([
    answer("", { ImageUri: `${ECR}/thumbs:2`, ResolvedImageUri: `${ECR}/thumbs@${A}` }),
    [answer(":1", { ImageUri: `${ECR}/thumbs:1`, ResolvedImageUri: `${ECR}/thumbs@${B}` }), answer("", { Location: "https://x" }, "Zip")],
  ]);
  expect(runs(usage)).toEqual({ [A]: ["eu-central-1/Function/thumbs"], [B]: ["eu-central-1/Function/thumbs:1"] });
  expect(doubts(await seen([answer("", { ImageUri: `${ECR}/thumbs:2` })]))).toEqual(["eu-central-1/Function/thumbs runs thumbs"]);
});

test("App Runner does not say which digest a tag was", async () => {
  const service = (image: string, status = "RUNNING"): object => ({
    Service: { ServiceName: "web", Status: status, SourceConfiguration: { ImageRepository: { ImageIdentifier: image } } },
  });
  expect(doubts(await seen([service(`${ECR}/web:latest`, "PAUSED")]))).toEqual(["Service/web runs web"]);
  expect(runs(await seen([service(`${ECR}/web@${A}`)]))).toEqual({ [A]: ["Service/web"] });
  const fromCode = { Service: { ServiceName: "code", Status: "RUNNING", SourceConfiguration: { CodeRepository: {} } } };
  expect(await seen([[service(`${ECR}/web@${A}`, "DELETED"), fromCode]])).toMatchObject({ images: [], unmatched: [] });
});

test("Inspector counts who runs an image; what it does not count, or does not look at, may run", async () => {
  const OLD = digestOf("old");
  const looked = { statusCode: "ACTIVE", reason: "SUCCESSFUL" };
  const resource = (digest: string, ecrImage: object, resourceType = "AWS_ECR_CONTAINER_IMAGE", scanStatus: object = looked): object => ({
    resourceType,
    scanStatus,
    resourceId: `arn:aws:ecr:eu-central-1:111122223333:repository/shop/api/${digest}`,
    resourceMetadata: { ecrImage },
  });
  const coveredResources = [
    resource(A, { inUseCount: 3 }),
    resource(B, { inUseCount: 0 }),
    resource(digestOf("c"), {}),
    resource(digestOf("d"), { inUseCount: 1 }, "AWS_EC2_INSTANCE"),
    resource(OLD, { inUseCount: 0 }, "AWS_ECR_CONTAINER_IMAGE", { statusCode: "INACTIVE", reason: "SCAN_FREQUENCY_MANUAL" }),
  ];
  const usage = await seen([{ coveredResources }]);
  expect(runs(usage)).toEqual({ [A]: ["Inspector/3 tasks or pods"], [OLD]: ["Inspector/an image that it does not look at"] });
  expect(usage.unmatched).toEqual([expect.objectContaining({ repository: "shop/api" })]);
  await expect(seen([{ coveredResources, nextToken: "more" }])).rejects.toMatchObject({ name: "ParseError" });
});

describe("Cloud Run", () => {
  const revision = (images: readonly string[], status: object): object => ({
    apiVersion: "serving.knative.dev/v1",
    kind: "Revision",
    metadata: { name: "web-00001", namespace: "4711", labels: { "serving.knative.dev/service": "web" } },
    spec: { containers: images.map((image) => ({ image })) },
    status,
  });
  const active = [{ type: "Active", status: "True" }];

  test("a revision runs the digest that was resolved when it was made", async () => {
    const usage = await seen([[revision(["gcr.io/p/web:1"], { imageDigest: `gcr.io/p/web@${A}`, conditions: active })]]);
    expect(runs(usage)).toEqual({ [A]: ["4711/Service/web"] });
    expect(usage.unmatched).toEqual([]);
  });

  test("a revision that may get no traffic runs nothing", async () => {
    const retired = revision(["gcr.io/p/web:1"], { imageDigest: `gcr.io/p/web@${A}`, conditions: [{ type: "Active", status: "False" }] });
    expect((await seen([[retired]])).images).toEqual([]);
  });

  test("a container beside the first, whose digest is not told, may run what has its image's name", async () => {
    const usage = await seen([
      [revision(["gcr.io/p/web:1", "gcr.io/p/proxy:2"], { imageDigest: `gcr.io/p/web@${A}`, conditions: active })],
    ]);
    expect(runs(usage)).toEqual({ [A]: ["4711/Service/web"] });
    expect(doubts(usage)).toEqual(["4711/Service/web runs p/proxy"]);
  });

  test("a job starts what it names, and services alone do not say what runs", async () => {
    const template = { spec: { template: { spec: { containers: [{ image: `gcr.io/p/job@${B}` }] } } } };
    const job = { apiVersion: "run.googleapis.com/v1", kind: "Job", metadata: { name: "nightly", namespace: "4711" }, spec: { template } };
    expect(runs(await seen([[job]]))).toEqual({ [B]: ["4711/Job/nightly"] });
    const service = { apiVersion: "serving.knative.dev/v1", kind: "Service", metadata: { name: "web" } };
    await expect(seen([[service]])).rejects.toMatchObject({ name: "ParseError" });
  });
});

test("Azure does not say which digest a tag was, and an inactive revision runs nothing", async () => {
  const group = {
    type: "Microsoft.ContainerInstance/containerGroups",
    name: "batch",
    resourceGroup: "shop",
    containers: [{ name: "one", image: `shop.azurecr.io/batch@${A}` }],
    initContainers: [{ name: "init", properties: { image: "shop.azurecr.io/init:1" } }],
  };
  const revision = (active: boolean): object => ({
    type: "Microsoft.App/containerapps/revisions",
    name: "web--1",
    resourceGroup: "shop",
    properties: { active, template: { containers: [{ name: "web", image: "shop.azurecr.io/web:1" }] } },
  });
  const usage = await seen([[group], [revision(true), revision(false)]]);
  expect(runs(usage)).toEqual({ [A]: ["shop/ContainerGroup/batch"] });
  expect(doubts(usage)).toEqual(["shop/ContainerGroup/batch runs init", "shop/Revision/web--1 runs web"]);
  const untold = { type: "Microsoft.App/containerApps", name: "api", resourceGroup: "shop", properties: {} };
  expect(doubts(await seen([[untold]]))).toEqual(["shop/ContainerApp/api runs ?"]);
});

test("a source that is named is asked even where nothing is recognised; one that is not known is refused", async () => {
  expect(await seen([[]], "lambda")).toMatchObject({ images: [], unmatched: [], from: ["lambda"] });
  await expect(seen([[]])).rejects.toMatchObject({ name: "ParseError" });
  await expect(seen([[]], "nomad")).rejects.toMatchObject({ name: "ParseError" });
  await expect(seen([{ tasks: [] }], "kubernetes")).rejects.toMatchObject({ name: "ParseError" });
});
