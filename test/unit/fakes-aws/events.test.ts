import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BatchDeleteImageCommand, StartImageScanCommand, UpdateImageStorageClassCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { corpusPart } from "../../corpus/folder.ts";
import type { AwsEvent } from "../../fakes/aws/events/aws-event.ts";
import { type Pushed, pushImage, pushReferrer } from "../../fakes/pusher.ts";
import { APP, type AwsWorld, openAwsWorld, vulnerability } from "./aws-world.ts";

const FAR = "us-east-1";

let world: AwsWorld;
const heard: AwsEvent[] = [];
beforeEach(async () => {
  heard.splice(0);
  world = await openAwsWorld({ regions: ["eu-central-1", FAR], sink: (event) => heard.push(event) });
});
afterEach(() => world.close());

const detailsOf = (type: string) => heard.filter((event) => event["detail-type"] === type).map(({ detail }) => detail);
const archive = (imageDigest: string, targetStorageClass: "ARCHIVE" | "STANDARD" = "ARCHIVE") =>
  world.ecr.send(new UpdateImageStorageClassCommand({ repositoryName: APP, imageId: { imageDigest }, targetStorageClass }));
const remove = (imageDigest: string) => world.ecr.send(new BatchDeleteImageCommand({ repositoryName: APP, imageIds: [{ imageDigest }] }));

describe("an event", () => {
  test("of a push names digest and tag, no resource and nobody", async () => {
    const image = await pushImage(world.served, APP, "one", "1.0");
    expect(heard[0]).toEqual({
      version: "0",
      id: expect.any(String),
      "detail-type": "ECR Image Action",
      source: "aws.ecr",
      account: "123456789012",
      time: "2026-11-20T10:00:00Z",
      region: "eu-central-1",
      resources: [],
      detail: { result: "SUCCESS", "repository-name": APP, "image-digest": image.digest, "action-type": "PUSH", "image-tag": "1.0" },
    });
  });

  test("of a push by digest has no tag", async () => {
    await pushImage(world.served, APP, "one");
    expect(detailsOf("ECR Image Action")[0]).not.toHaveProperty("image-tag");
  });

  test("of a deletion comes once for each tag", async () => {
    const image = await pushImage(world.served, APP, "one", "1.0");
    await pushImage(world.served, APP, "one", "latest");
    await remove(image.digest);
    const gone = detailsOf("ECR Image Action").filter((detail) => detail["action-type"] === "DELETE");
    expect(gone.map((detail) => detail["image-tag"])).toEqual(["1.0", "latest"]);
  });

  test("of what refers to an image has a name of its own", async () => {
    const image = await pushImage(world.served, APP, "one", "1.0");
    const signature = await pushReferrer(world.served, APP, image, "signed");
    await archive(signature.digest);
    expect(detailsOf("ECR Referrer Action").map((detail) => [detail["action-type"], detail["image-digest"]])).toEqual([
      ["PUSH", signature.digest],
      ["UPDATE_STORAGE_CLASS", signature.digest],
    ]);
  });

  test("is told to nobody for what came to nothing", async () => {
    const image = await pushImage(world.served, APP, "one", "1.0");
    const before = heard.length;
    await pushImage(world.served, APP, "one", "1.0");
    await archive(`sha256:${"0".repeat(64)}`).catch(() => undefined);
    await archive(image.digest, "STANDARD");
    expect(heard.slice(before).filter((event) => event["detail-type"] !== "AWS API Call via CloudTrail")).toEqual([]);
  });

  test("of each change of the settings stands in the trail", async () => {
    const image = await pushImage(world.served, APP, "one", "1.0");
    await archive(image.digest);
    await remove(image.digest);
    const trail = detailsOf("AWS API Call via CloudTrail");
    expect(trail.map((detail) => detail["eventName"])).toEqual(["PutImage", "UpdateImageStorageClass", "BatchDeleteImage"]);
    expect(trail[1]).toMatchObject({
      requestParameters: {
        repositoryName: APP,
        imageId: { imageDigest: image.digest },
        targetStorageClass: "ARCHIVE",
        registryId: "123456789012",
      },
      responseElements: { image: { imageStatus: "ARCHIVED" } },
    });
  });
});

/** One event of each kind that the vendor shows a sample of. */
async function everyKind(): Promise<void> {
  const image: Pushed = await pushImage(world.served, APP, "one", "latest");
  const signature = await pushReferrer(world.served, APP, image, "signed");
  world.aws.controls.scanner = () => ({ kind: "found", vulnerabilities: [vulnerability("CVE-2026-0001", { vector: "CVSS:3.1/AV:N" })] });
  await world.ecr.send(new StartImageScanCommand({ repositoryName: APP, imageId: { imageTag: "latest" } }));
  await archive(image.digest);
  await archive(signature.digest);
  await archive(signature.digest, "STANDARD");
  world.home.state.replication = { rules: [{ destinations: [{ region: FAR, registryId: "123456789012" }] }] };
  world.home.scanEverything();
  const other = await pushImage(world.served, APP, "two", "2.0");
  await remove(other.digest);
}

interface Sample {
  readonly file: string;
  readonly type: string;
  readonly action?: string;
  /** What newer events of the vendor do not have, or have beside (both are in its pages). */
  readonly differs?: readonly string[];
}

const SAMPLES: readonly Sample[] = [
  { file: "aws-ecr/image-push.json", type: "ECR Image Action", action: "PUSH" },
  { file: "aws-ecr/image-delete.json", type: "ECR Image Action", action: "DELETE" },
  { file: "aws-ecr/image-archived.json", type: "ECR Image Action", action: "UPDATE_STORAGE_CLASS" },
  { file: "aws-ecr/referrer-restored.json", type: "ECR Referrer Action", action: "UPDATE_STORAGE_CLASS" },
  { file: "aws-ecr/image-scan-complete-doc.json", type: "ECR Image Scan" },
  { file: "aws-ecr/replication-success.json", type: "ECR Replication Action" },
  { file: "aws-inspector2/scan-complete-with-counts.json", type: "Inspector2 Scan", differs: ["version"] },
];

const folder = corpusPart("events");

describe(`samples of the vendor, which are ${folder === undefined ? "not " : ""}at hand`, () => {
  test("have the members of our events, and no other", async () => {
    await everyKind();
    for (const { file, type, action, differs = [] } of SAMPLES) {
      const ours = heard.findLast(
        (event) => event["detail-type"] === type && (action === undefined || event.detail["action-type"] === action),
      );
      expect(ours, file).toBeDefined();
      if (folder === undefined || ours === undefined) continue;
      const sample = JSON.parse(readFileSync(join(folder, file), "utf8")) as AwsEvent;
      const members = (event: AwsEvent) => Object.keys(event.detail).filter((name) => !differs.includes(name));
      expect(members(ours).toSorted(), file).toEqual(members(sample).toSorted());
      expect([ours.source, ours.resources.length], file).toEqual([sample.source, sample.resources.length]);
      expect(Object.keys(ours).toSorted(), file).toEqual(Object.keys(sample).toSorted());
    }
  });
});
