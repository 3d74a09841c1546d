import { afterEach, beforeEach, expect, test } from "vitest";
import type { CountedUse } from "../../../../shared/ports/registry-usage.ts";
import { openUsage } from "../../../../shared/providers/aws/usage.ts";
import type { Cluster } from "../../../fakes/aws/state/scan.ts";
import { type Pushed, pushImage, pushIndex } from "../../../fakes/pusher.ts";
import { HOST, surroundingsOf } from "../../../fixtures/aws-findings.ts";
import { APP, type AwsWorld, openAwsWorld, START } from "../../fakes-aws/aws-world.ts";

const ARN = "arn:aws:ecs:eu-central-1:123456789012:cluster/shop";
const SERVICE: Cluster = {
  arn: ARN,
  running: 2,
  stopped: 0,
  lastInUseAt: START,
  workload: { kind: "ecs", service: "service:api", taskDefinitionArn: `${ARN.replace("cluster/shop", "task-definition/api:1")}` },
};
const POD: Cluster = {
  arn: ARN.replace("ecs", "eks").replace("shop", "east"),
  running: 1,
  stopped: 0,
  lastInUseAt: START,
  workload: { kind: "eks", namespace: "web", workloads: [{ name: "api", type: "Deployment" }] },
};

let world: AwsWorld;
let image: Pushed;
beforeEach(async () => {
  world = await openAwsWorld();
  world.home.scanEverything();
  image = await pushImage(world.served, APP, "one", "1.0");
});
afterEach(() => world.close());

function runs({ digest }: Pushed, ...clusters: readonly Cluster[]): void {
  world.home.state.repositories.get(APP)?.clusters.set(digest, [...clusters]);
}

async function counted({ digest }: Pushed = image): Promise<CountedUse | undefined> {
  const usage = openUsage(
    { host: HOST, aws: { endpoint: world.aws.endpoint, inUse: "inspector" } },
    surroundingsOf(world.aws, () => START),
  );
  return usage?.of({ registry: HOST, repository: APP, digest });
}

test("an image that tasks or pods run is in use, by the names of what runs it", async () => {
  runs(image, SERVICE, POD);
  const workloads = [{ name: "shop/service:api" }, { name: "east/web/Deployment/api" }];
  expect(await counted()).toEqual({ kind: "running", workloads });
});

test("one that stopped everywhere is not, and those that run it elsewhere alone are named", async () => {
  const stopped = { ...SERVICE, running: 0, stopped: 3 };
  runs(image, stopped);
  expect(await counted()).toEqual({ kind: "none" });
  runs(image, stopped, POD);
  expect(await counted()).toEqual({ kind: "running", workloads: [{ name: "east/web/Deployment/api" }] });
});

test("it is not known what runs an image that Inspector does not cover, or stopped to look at", async () => {
  const index = await pushIndex(world.served, APP, [image], "2.0");
  expect(await counted(index)).toMatchObject({ kind: "unknown" });
  world.home.state.scanning = { scanType: "ENHANCED", rules: [] };
  const once = await pushImage(world.served, APP, "two", "3.0");
  expect(await counted(once)).toMatchObject({ kind: "unknown" });
  runs(once, SERVICE);
  expect(await counted(once)).toMatchObject({ kind: "running" });
  world.home.state.scanning = { scanType: "BASIC", rules: [] };
  expect(await counted()).toMatchObject({ kind: "unknown" });
});

test("that nobody runs an image is not believed of one that Inspector has not looked at yet", async () => {
  world.aws.controls.scanForMs = 60_000;
  const fresh = await pushImage(world.served, APP, "two", "2.0");
  expect(await counted(fresh)).toMatchObject({ kind: "unknown" });
  await world.aws.forward(60_000);
  expect(await counted(fresh)).toEqual({ kind: "none" });
});

test("who may not ask is told so", async () => {
  world.aws.decide = ({ operation }) => (operation === "ListCoverage" ? "deny" : "pass");
  await expect(counted()).rejects.toMatchObject({ code: "forbidden" });
  world.aws.decide = ({ operation }) => (operation === "GetClustersForImage" ? "deny" : "pass");
  runs(image, SERVICE);
  await expect(counted()).rejects.toMatchObject({ code: "forbidden" });
});

test("nobody is asked where the settings do not say so", () => {
  expect(openUsage({ host: HOST, aws: {} })).toBeUndefined();
});
