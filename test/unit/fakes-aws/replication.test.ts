import {
  BatchDeleteImageCommand,
  DescribeImagesCommand,
  DescribeRegistryCommand,
  ECRClient,
  PutReplicationConfigurationCommand,
  UpdateImageStorageClassCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Pushed, pushImage, pushIndex } from "../../fakes/pusher.ts";
import { APP, type AwsWorld, clientSettings, openAwsWorld } from "./aws-world.ts";

const FAR = "us-east-1";
const ACCOUNT = "123456789012";

let world: AwsWorld;
let far: ECRClient;
let image: Pushed;
beforeEach(async () => {
  world = await openAwsWorld({ regions: ["eu-central-1", FAR] });
  far = new ECRClient(clientSettings(world.aws, FAR));
  await configure();
  image = await pushImage(world.served, APP, "one", "1.0");
});
afterEach(async () => {
  far.destroy();
  await world.close();
});

const configure = (more: object = {}) => {
  const rules = [{ destinations: [{ region: FAR, registryId: ACCOUNT }], ...more }];
  return world.ecr.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules } }));
};
const move = (targetStorageClass: "ARCHIVE" | "STANDARD", ecr = world.ecr) =>
  ecr.send(new UpdateImageStorageClassCommand({ repositoryName: APP, imageId: { imageDigest: image.digest }, targetStorageClass }));
const statuses = async (ecr: ECRClient) => {
  const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName: APP, filter: { imageStatus: "ANY" } }));
  return imageDetails.map(({ imageStatus }) => imageStatus);
};
const farPull = async (reference: string) => {
  const { send } = world.aws.registry(FAR);
  return (await send("GET", `/v2/${APP}/manifests/${reference}`)).status;
};

describe("a push", () => {
  test("is repeated in the other region with its layers, and told there", async () => {
    expect(await farPull("1.0")).toBe(200);
    expect((await world.aws.registry(FAR).send("GET", `/v2/${APP}/blobs/${JSON.parse(image.bytes).layers[0].digest}`)).status).toBe(200);
    const told = world.aws.events.filter((event) => event["detail-type"] === "ECR Replication Action");
    expect(told.map(({ region, resources, detail }) => ({ region, resources, detail }))).toEqual([
      {
        region: FAR,
        resources: [`arn:aws:ecr:${FAR}:${ACCOUNT}:repository/${APP}`],
        detail: {
          result: "SUCCESS",
          "repository-name": APP,
          "image-digest": image.digest,
          "source-account": ACCOUNT,
          "action-type": "REPLICATE",
          "source-region": "eu-central-1",
          "image-tag": "1.0",
        },
      },
    ]);
  });

  test("takes its time", async () => {
    world.aws.controls.replicateForMs = 60_000;
    const index = await pushIndex(world.served, APP, [image], "multi");
    expect(await farPull("multi")).toBe(404);
    await world.aws.forward(60_000);
    expect(await farPull(index.digest)).toBe(200);
  });

  test("of what no filter names stays where it is", async () => {
    await configure({ repositoryFilters: [{ filter: "prod", filterType: "PREFIX_MATCH" }] });
    await pushImage(world.served, APP, "two", "2.0");
    expect(await farPull("2.0")).toBe(404);
  });

  test("leaves a tag that is taken where tags are immutable", async () => {
    const repository = world.aws.registry(FAR).state.repositories.get(APP);
    if (repository !== undefined) repository.settings = { ...repository.settings, imageTagMutability: "IMMUTABLE" };
    const other = await pushImage(world.served, APP, "two", "1.0");
    expect(await farPull(other.digest)).toBe(200);
    expect(repository?.tags.get("1.0")).toBe(image.digest);
  });
});

describe("the other region", () => {
  test("hears of no archiving and of no deletion", async () => {
    await move("ARCHIVE");
    expect([await statuses(world.ecr), await statuses(far)]).toEqual([["ARCHIVED"], ["ACTIVE"]]);
    await world.ecr.send(new BatchDeleteImageCommand({ repositoryName: APP, imageIds: [{ imageDigest: image.digest }] }));
    expect([await statuses(world.ecr), await statuses(far)]).toEqual([[], ["ACTIVE"]]);
  });

  test("has its own archived copy restored by a restore here, and by a push here", async () => {
    for (const back of [() => move("STANDARD"), () => pushImage(world.served, APP, "one", "1.0")]) {
      await move("ARCHIVE");
      await move("ARCHIVE", far);
      await back();
      expect([await statuses(world.ecr), await statuses(far)]).toEqual([["ACTIVE"], ["ACTIVE"]]);
    }
  });

  test("has deletions repeated where a rule says so", async () => {
    // Not by the client: the model knows the member, the installed client does not send it yet.
    const destinations = [{ region: FAR, registryId: ACCOUNT }];
    world.home.state.replication = { rules: [{ destinations, deleteReplication: { enabled: true } }] };
    await world.ecr.send(new BatchDeleteImageCommand({ repositoryName: APP, imageIds: [{ imageTag: "1.0" }] }));
    expect(await statuses(far)).toEqual([]);
  });
});

test("the configuration is that of the region it was put in", async () => {
  const rulesIn = async (ecr: ECRClient) => (await ecr.send(new DescribeRegistryCommand({}))).replicationConfiguration?.rules?.length;
  expect([await rulesIn(world.ecr), await rulesIn(far)]).toEqual([1, 0]);
});
