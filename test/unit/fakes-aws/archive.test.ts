import {
  BatchGetImageCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  type ImageStatusFilter,
  ListImageReferrersCommand,
  ListImagesCommand,
  PutImageCommand,
  StartImageScanCommand,
  type TargetStorageClass,
  UpdateImageStorageClassCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import { type Pushed, pushImage, pushIndex, pushReferrer } from "../../fakes/pusher.ts";
import { APP, type AwsWorld, openAwsWorld } from "./aws-world.ts";

const MINUTES_MS = 60_000;

let world: AwsWorld;
let image: Pushed;
beforeEach(async () => {
  world = await openAwsWorld();
  world.home.create(APP, { scanOnPush: true });
  image = await pushImage(world.served, APP, "one", "1.0");
});
afterEach(() => world.close());

const move = async (target: TargetStorageClass, { digest }: { readonly digest: string } = image) => {
  const imageId = { imageDigest: digest };
  return (await world.ecr.send(new UpdateImageStorageClassCommand({ repositoryName: APP, imageId, targetStorageClass: target })))
    .imageStatus;
};
const statuses = async (imageStatus?: ImageStatusFilter) => {
  const filter = imageStatus === undefined ? {} : { filter: { imageStatus } };
  const { imageDetails = [] } = await world.ecr.send(new DescribeImagesCommand({ repositoryName: APP, ...filter }));
  return imageDetails.map((detail) => detail.imageStatus);
};
const pull = async (reference = "1.0") => world.served.send("GET", `/v2/${APP}/manifests/${reference}`).then(({ status }) => status);

describe("an archived image", () => {
  test("is found neither by tag nor by digest, and keeps its tags", async () => {
    expect(await move("ARCHIVE")).toBe("ARCHIVED");
    expect([await pull(), await pull(image.digest)]).toEqual([404, 404]);
    expect(await world.oci().resolve(APP, parseTag("1.0"))).toBeUndefined();
    const { imageDetails } = await world.ecr.send(new DescribeImagesCommand({ repositoryName: APP, filter: { imageStatus: "ARCHIVED" } }));
    expect(imageDetails).toMatchObject([{ imageTags: ["1.0"], lastArchivedAt: new Date("2026-11-20T10:00:00Z") }]);
  });

  test("is left out of every list that does not ask for it", async () => {
    const signature = await pushReferrer(world.served, APP, image, "signed");
    await move("ARCHIVE");
    await move("ARCHIVE", signature);
    const { imageIds } = await world.ecr.send(new ListImagesCommand({ repositoryName: APP }));
    const subjectId = { imageDigest: image.digest };
    const { referrers } = await world.ecr.send(new ListImageReferrersCommand({ repositoryName: APP, subjectId }));
    expect([imageIds, referrers, await statuses()]).toEqual([[], [], []]);
    expect(await statuses("ANY")).toEqual(["ARCHIVED", "ARCHIVED"]);
    const any = await world.ecr.send(new ListImageReferrersCommand({ repositoryName: APP, subjectId, filter: { artifactStatus: "ANY" } }));
    expect(any.referrers).toMatchObject([{ artifactStatus: "ARCHIVED" }]);
    expect(await world.oci().referrers(APP, image.digest)).toEqual([]);
  });

  test("is not to be had by BatchGetImage, under whichever name the service gives that", async () => {
    await move("ARCHIVE");
    const ask = () => world.ecr.send(new BatchGetImageCommand({ repositoryName: APP, imageIds: [{ imageTag: "1.0" }] }));
    expect((await ask()).failures).toMatchObject([{ failureCode: "ImageNotFound" }]);
    world.aws.controls.archivedFailure = "ImageInaccessible";
    expect((await ask()).failures).toMatchObject([{ failureCode: "ImageInaccessible" }]);
  });

  test("has lost what a scanner found in it, also once it is back", async () => {
    const ask = () => world.ecr.send(new DescribeImageScanFindingsCommand({ repositoryName: APP, imageId: { imageTag: "1.0" } }));
    expect((await ask()).imageScanStatus?.status).toBe("COMPLETE");
    await move("ARCHIVE");
    expect((await ask()).imageScanStatus?.status).toBe("IMAGE_ARCHIVED");
    const scan = world.ecr.send(new StartImageScanCommand({ repositoryName: APP, imageId: { imageTag: "1.0" } }));
    await expect(scan).rejects.toMatchObject({ name: "ImageArchivedException" });
    await move("STANDARD");
    await expect(ask()).rejects.toMatchObject({ name: "ScanNotFoundException" });
  });

  test("is told of without a tag", async () => {
    await move("ARCHIVE");
    expect(world.aws.events.findLast((event) => event["detail-type"] === "ECR Image Action")?.detail).toEqual({
      "action-type": "UPDATE_STORAGE_CLASS",
      "target-storage-class": "ARCHIVE",
      "image-digest": image.digest,
      "repository-name": APP,
      result: "SUCCESS",
      "manifest-media-type": "application/vnd.oci.image.manifest.v1+json",
      "artifact-media-type": "application/vnd.oci.image.config.v1+json",
    });
  });
});

describe("a restore", () => {
  test("is on its way for as long as was set, and told when it is done", async () => {
    world.aws.controls.restoreForMs = 20 * MINUTES_MS;
    await move("ARCHIVE");
    expect(await move("STANDARD")).toBe("ACTIVATING");
    await world.aws.forward(19 * MINUTES_MS);
    expect([await pull(), await statuses("ACTIVATING"), await statuses()]).toEqual([404, ["ACTIVATING"], []]);
    const told = world.aws.events.length;
    await world.aws.forward(MINUTES_MS);
    expect([await pull(), await statuses()]).toEqual([200, ["ACTIVE"]]);
    expect(world.aws.events.slice(told).map(({ detail }) => detail)).toMatchObject([
      { "action-type": "UPDATE_STORAGE_CLASS", "target-storage-class": "STANDARD", "last-activated-at": "2026-11-20T10:20:00.000Z" },
    ]);
  });

  test("can be over after so many looks at it", async () => {
    world.aws.controls.restoreLooks = 2;
    await move("ARCHIVE");
    await move("STANDARD");
    expect([await statuses("ANY"), await statuses("ANY"), await statuses("ANY")]).toEqual([["ACTIVATING"], ["ACTIVATING"], ["ACTIVE"]]);
  });

  test("that was overtaken by an archiving comes to nothing", async () => {
    world.aws.controls.restoreForMs = 20 * MINUTES_MS;
    await move("ARCHIVE");
    await move("STANDARD");
    await move("ARCHIVE");
    await world.aws.forward(20 * MINUTES_MS);
    expect([await pull(), await statuses("ANY")]).toEqual([404, ["ARCHIVED"]]);
  });

  test("is at once for whoever pushes the bytes again, over either face", async () => {
    await move("ARCHIVE");
    await pushImage(world.served, APP, "one", "again");
    expect([await pull(), await pull("again")]).toEqual([200, 200]);
    await move("ARCHIVE");
    await world.ecr.send(new PutImageCommand({ repositoryName: APP, imageManifest: image.bytes, imageTag: "1.0" }));
    expect(await statuses()).toEqual(["ACTIVE"]);
  });
});

describe("an index", () => {
  test("is archived before what it names, and cannot be pulled through then", async () => {
    const index = await pushIndex(world.served, APP, [image], "multi");
    await expect(move("ARCHIVE")).rejects.toMatchObject({ name: "ImageStorageClassUpdateNotSupportedException" });
    expect(await move("ARCHIVE", index)).toBe("ARCHIVED");
    expect(await move("ARCHIVE")).toBe("ARCHIVED");
    expect([await pull("multi"), await pull(index.digest), await pull(image.digest)]).toEqual([404, 404, 404]);
  });

  test("that is back names a child that is still away", async () => {
    const index = await pushIndex(world.served, APP, [image], "multi");
    await move("ARCHIVE", index);
    await move("ARCHIVE");
    await move("STANDARD", index);
    expect([await pull("multi"), await pull(image.digest)]).toEqual([200, 404]);
  });
});
