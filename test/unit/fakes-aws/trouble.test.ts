import {
  BatchDeleteImageCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { ListFindingsCommand } from "@aws-sdk/client-inspector2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import type { Fate, FaultCall } from "../../fakes/aws/faults.ts";
import { pushImage } from "../../fakes/pusher.ts";
import { APP, clientSettings, openAwsWorld, openWithImage, type WorldWithImage } from "./aws-world.ts";

let world: WorldWithImage;
beforeEach(async () => {
  world = await openWithImage();
});
afterEach(() => world.close());

const repositoryName = APP;
const put = (imageTag: string, ecr = world.ecr) =>
  ecr.send(new PutImageCommand({ repositoryName, imageManifest: world.image.bytes, imageTag }));
const describeAll = () => world.ecr.send(new DescribeImagesCommand({ repositoryName }));
const tags = () => [...(world.home.state.repositories.get(APP)?.tags.keys() ?? [])];
/** The first calls of an operation meet a fate, the others pass. */
const firstMeet = (operation: string, fate: Fate, count = 1): void => {
  let left = count;
  world.aws.decide = (call: FaultCall) => (call.operation === operation && left-- > 0 ? fate : "pass");
};

describe("a throttle", () => {
  test("has the name and status of each service", async () => {
    world.aws.decide = () => "throttle";
    await expect(describeAll()).rejects.toMatchObject({ name: "ThrottlingException", $metadata: { httpStatusCode: 400 } });
    const list = world.inspector.send(new ListFindingsCommand({}));
    await expect(list).rejects.toMatchObject({ name: "ThrottlingException", retryAfterSeconds: 1, $metadata: { httpStatusCode: 429 } });
    expect((await world.served.send("GET", `/v2/${APP}/manifests/1.0`)).status).toBe(429);
  });

  test("is tried again by the vendor's client, and done once", async () => {
    firstMeet("PutImage", "throttle", 2);
    const patient = new ECRClient({ ...clientSettings(world.aws), maxAttempts: 3 });
    await put("again", patient);
    patient.destroy();
    expect(world.aws.calls.filter(({ operation }) => operation === "PutImage")).toHaveLength(3);
    expect(tags()).toEqual(["1.0", "again"]);
  });

  test("comes by itself where a second has more than so many PutImage, over both faces together", async () => {
    world.aws.controls.putImagePerSecond = 10;
    await world.aws.forward(1_000);
    for (let count = 0; count < 9; count += 1) await put(`t${count}`);
    await world.served.send("PUT", `/v2/${APP}/manifests/last`, {
      body: world.image.bytes,
      headers: { "content-type": world.image.mediaType },
    });
    await expect(put("over")).rejects.toMatchObject({ name: "ThrottlingException" });
    const push = world.served.send("PUT", `/v2/${APP}/manifests/over`, {
      body: world.image.bytes,
      headers: { "content-type": world.image.mediaType },
    });
    expect((await push).status).toBe(429);
    await world.aws.forward(1_000);
    await put("over");
  });
});

describe("a call", () => {
  test("that fails has changed nothing", async () => {
    firstMeet("PutImage", "fail");
    await expect(put("new")).rejects.toMatchObject({ name: "ServerException", $metadata: { httpStatusCode: 500 } });
    expect(tags()).toEqual(["1.0"]);
  });

  test("whose answer is lost has changed everything", async () => {
    firstMeet("PutImage", "lost");
    await expect(put("new")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(tags()).toEqual(["1.0", "new"]);
    await expect(put("new")).rejects.toMatchObject({ name: "ImageAlreadyExistsException" });
  });

  test("at the other endpoint can be lost as well", async () => {
    firstMeet("DELETE manifest", "lost");
    await expect(world.served.send("DELETE", `/v2/${APP}/manifests/${world.image.digest}`)).rejects.toThrow("fetch failed");
    expect(tags()).toEqual([]);
  });
});

test("whoever stands before the endpoints sees every request, and may keep one to himself", async () => {
  const seen: string[] = [];
  const watched = await openAwsWorld({
    around: async (request, registry) => {
      seen.push(new URL(request.url).pathname);
      return seen.length > 2 ? new Response(null, { status: 503 }) : registry(request);
    },
  });
  await watched.ecr.send(new DescribeRepositoriesCommand({}));
  await watched.served.send("GET", "/v2/");
  expect((await watched.served.send("GET", "/v2/_catalog")).status).toBe(503);
  await watched.close();
  expect(seen).toEqual(["/", "/v2/", "/v2/_catalog"]);
});

describe("DescribeImages that lags", () => {
  const count = async () => (await describeAll()).imageDetails?.length;

  test("shows for so many calls what there was before the last change", async () => {
    world.aws.controls.describeLag = 2;
    await pushImage(world.served, APP, "two", "2.0");
    expect([await count(), await count(), await count()]).toEqual([1, 1, 2]);
    await world.ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: "2.0" }] }));
    expect([await count(), await count(), await count()]).toEqual([2, 2, 1]);
  });

  test("is no lag of the image itself", async () => {
    world.aws.controls.describeLag = 5;
    const { digest } = await pushImage(world.served, APP, "two", "2.0");
    expect(await world.oci().resolve(APP, parseTag("2.0"))).toBe(digest);
    const byTag = world.ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: "2.0" }] }));
    await expect(byTag).rejects.toMatchObject({ name: "ImageNotFoundException" });
  });
});
