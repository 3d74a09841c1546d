import { describe, expect, test } from "vitest";
import { instant } from "../../../../shared/domain/time.ts";
import { decoder } from "../../../../shared/providers/aws/events.ts";
import { ACCOUNT, awsEvent, DIGEST, decode, HOST, imageAction, REPOSITORY_ARN, read, trailEvent } from "../../../fixtures/aws-events.ts";

const PLACE = { source: "ecr", registry: HOST, repository: "shop/api" };

describe("what ECR tells", () => {
  test("a push names what was pushed, where and when, and nobody who did it", () => {
    const { events, skipped } = read(
      imageAction("PUSH", { "image-tag": "1.0", "manifest-media-type": "application/vnd.oci.image.manifest.v1+json" }),
    );
    expect(events).toEqual([
      {
        ...PLACE,
        id: "event-1",
        kind: "pushed",
        digest: DIGEST,
        tag: "1.0",
        at: Date.parse("2026-11-21T12:00:00Z"),
        mediaType: "application/vnd.oci.image.manifest.v1+json",
      },
    ]);
    expect(skipped).toEqual([]);
  });

  test.each([
    ["DELETE", {}, "deleted"],
    ["UPDATE_STORAGE_CLASS", { "target-storage-class": "ARCHIVE" }, "deleted"],
    ["UPDATE_STORAGE_CLASS", { "target-storage-class": "STANDARD" }, "pushed"],
  ])("%s %j is for whoever pulls as if it were %s", (action, detail, kind) => {
    expect(read(imageAction(action, detail)).events).toMatchObject([{ ...PLACE, kind, digest: DIGEST }]);
  });

  test.each([
    ["an action that did not succeed", imageAction("PUSH", { result: "FAILED" })],
    ["an action that nobody knows", imageAction("LOOK")],
    [
      "a replication that failed",
      awsEvent("ECR Replication Action", { "action-type": "REPLICATE", result: "FAILED", "repository-name": "shop/api" }),
    ],
    [
      "a cache that got nothing",
      awsEvent("ECR Pull Through Cache Action", { "sync-status": "FAILED", "failure-code": "UpstreamAccessDenied" }),
    ],
    ["the scanner's settings", awsEvent("ECR Scan Resource Change", { "action-type": "SCAN_FREQUENCY_CHANGE" })],
    ["a kind that is new", awsEvent("ECR Something", {})],
    ["another service", awsEvent("EC2 Instance State-change Notification", {}, { source: "aws.ec2" })],
    ["an event without facts", awsEvent("ECR Image Action", {})],
    ["a source by the name of what every object has", awsEvent("x", {}, { source: "constructor" })],
  ])("%s is passed over with a reason", (_, event) => {
    const { events, skipped } = read(event);
    expect(events).toEqual([]);
    expect(skipped).toHaveLength(1);
  });

  test("what is attached to an image is told under a name of its own and read alike", () => {
    const { events } = read({ ...imageAction("PUSH"), "detail-type": "ECR Referrer Action" });
    expect(events).toMatchObject([{ kind: "pushed", digest: DIGEST }]);
  });

  test("an image that came by replication or from upstream is a push where it arrives", () => {
    const detail = { "repository-name": "shop/api", "image-digest": DIGEST, "image-tag": "1.0" };
    const copied = awsEvent("ECR Replication Action", {
      ...detail,
      "action-type": "REPLICATE",
      result: "SUCCESS",
      "source-account": "999999999999",
    });
    const cached = awsEvent("ECR Pull Through Cache Action", { ...detail, "sync-status": "SUCCESS" });
    for (const event of [copied, cached])
      expect(read(event).events).toMatchObject([{ ...PLACE, kind: "pushed", digest: DIGEST, tag: "1.0" }]);
  });

  test("a scan is of a digest, whatever its tags are by now; its counts are not read", () => {
    const detail = { "scan-status": "COMPLETE", "repository-name": "shop/api", "image-digest": DIGEST, "image-tags": ["1.0"] };
    const { events } = read(awsEvent("ECR Image Scan", { ...detail, "finding-severity-counts": { CRITICAL: 3 } }));
    expect(events).toEqual([{ ...PLACE, id: "event-1", kind: "scanned", digest: DIGEST, at: Date.parse("2026-11-21T12:00:00Z") }]);
  });
});

describe("an entry of a list that cannot be read hides none of the others", () => {
  const arn = `${REPOSITORY_ARN}/${DIGEST}`;
  const images = { repositoryName: "shop/api", imageIds: [{ imageDigest: DIGEST }, null] };
  const actions = [{ lifecycleEventImage: { digest: DIGEST } }, null];
  test.each([
    ["a finding's resources", awsEvent("Inspector2 Finding", { resources: [null, { id: arn }] })],
    ["what an event is about", awsEvent("Inspector2 Coverage", {}, { resources: [arn, null] })],
    ["findings", awsEvent("Security Hub Findings - Imported", { findings: [null, { Resources: [7, { Id: arn }] }] })],
    ["what was asked to be deleted", trailEvent("BatchDeleteImage", images)],
    ["what was deleted", trailEvent("BatchDeleteImage", { ...images, imageIds: [] }, { responseElements: images })],
    [
      "what a lifecycle policy took away",
      trailEvent("PolicyExecutionEvent", null, {
        serviceEventDetails: { repositoryName: "shop/api", lifecycleEventImageActions: actions },
      }),
    ],
  ])("%s", (_, event) => {
    expect(read(event).events).toMatchObject([{ ...PLACE, digest: DIGEST }]);
  });

  test("tags of a scan whose digest is none", () => {
    const { events } = read(awsEvent("ECR Image Scan", { "repository-name": "shop/api", "image-digest": "", "image-tags": ["1.0", null] }));
    expect(events).toMatchObject([{ ...PLACE, tag: "1.0" }]);
  });
});

/** As SNS wraps what was published. */
function notification(Message: string, Type = "Notification"): string {
  return JSON.stringify({ Type, MessageId: "m-1", TopicArn: "arn:aws:sns:eu-central-1:123456789012:events", Message });
}

test("what comes by a topic is what was published there", () => {
  for (const event of [imageAction("PUSH"), trailEvent("DeleteRepository", { repositoryName: "shop/api" })["detail"]])
    expect(read(notification(JSON.stringify(event)))).toEqual(read(event));
});

describe("what cannot be as it says", () => {
  test("a digest that is none leaves the tag to be looked up", () => {
    const { events, skipped } = read(imageAction("PUSH", { "image-digest": "sha256:7f5b", "image-tag": "1.0" }));
    expect(events).toMatchObject([{ kind: "pushed", tag: "1.0" }]);
    expect(events[0]).not.toHaveProperty("digest");
    expect(skipped).toHaveLength(1);
  });

  test("a tag that is none leaves the digest", () => {
    const { events, skipped } = read(imageAction("PUSH", { "image-tag": "../etc" }));
    expect(events).toMatchObject([{ digest: DIGEST }]);
    expect(events[0]).not.toHaveProperty("tag");
    expect(skipped).toHaveLength(1);
  });

  test("a day that does not exist loses the time and not the event", () => {
    expect(read({ ...imageAction("PUSH"), time: "2023-02-29T02:36:48Z" }).events).toMatchObject([{ at: "unknown", digest: DIGEST }]);
  });

  test.each([
    ["a repository that can be none", imageAction("PUSH", { "repository-name": "../Shop" })],
    ["a repository of the wrong kind", imageAction("PUSH", { "repository-name": ["shop/api"] })],
    ["neither digest nor tag", imageAction("PUSH", { "image-digest": undefined })],
    ["an account that is none", { ...imageAction("PUSH"), account: "evil.example.com/" }],
    ["a region that is none", { ...imageAction("PUSH"), region: "eu.evil.example.com" }],
    ["no id", { ...imageAction("PUSH"), id: undefined }],
  ])("%s: passed over with a reason", (_, event) => {
    const { events, skipped } = read(event);
    expect(events).toEqual([]);
    expect(skipped).not.toEqual([]);
  });

  test("the host ends as the partition of the region has it", () => {
    expect(read({ ...imageAction("PUSH"), region: "cn-north-1" }).events).toMatchObject([
      { registry: `${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn` },
    ]);
    expect(read({ ...imageAction("PUSH"), region: "us-gov-west-1" }).events).toMatchObject([
      { registry: `${ACCOUNT}.dkr.ecr.us-gov-west-1.amazonaws.com` },
    ]);
  });

  test.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["text", '"event"'],
    ["two members of one name", '{"id":"1","id":"2"}'],
    ["no event", "{}"],
    ["an event without a source", JSON.stringify({ ...imageAction("PUSH"), source: undefined })],
    ["an event without a detail-type", JSON.stringify({ ...imageAction("PUSH"), "detail-type": "" })],
    ["an event without a detail", JSON.stringify({ ...imageAction("PUSH"), detail: null })],
    ["a detail that is text", JSON.stringify({ ...imageAction("PUSH"), detail: "{}" })],
    ["a notification of no JSON", notification("hello")],
    ["a notification in a notification", notification(notification(JSON.stringify(imageAction("PUSH"))))],
    ["a notification that is too deep", notification(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`)],
    ["a confirmation of a subscription", notification(JSON.stringify(imageAction("PUSH")), "SubscriptionConfirmation")],
    ["too deep", `${'{"a":'.repeat(40)}1${"}".repeat(40)}`],
    ["too large", Buffer.alloc(17 * 1024 * 1024, 0x20)],
  ])("%s is malformed", (_, body) => {
    expect(decode(body).kind).toBe("malformed");
  });

  test("of a deletion of very many no more than a thousand are read, and the rest is told", () => {
    const imageIds = Array.from({ length: 1_200 }, (_, at) => ({ imageDigest: `sha256:${String(at).padStart(64, "0")}` }));
    const { events, skipped } = read(trailEvent("BatchDeleteImage", { repositoryName: "shop/api", imageIds }));
    expect(events).toHaveLength(1_000);
    expect(skipped).toHaveLength(1);
  });
});

test("whoever sends has to know the secret", () => {
  const delivery = { headers: { authorization: "Bearer right" }, body: Buffer.from("{}"), receivedAt: instant(0) };
  expect(decoder.authenticate(delivery, ["right"])).toBe(true);
  expect(decoder.authenticate(delivery, ["wrong"])).toBe(false);
  expect(decoder.authenticate(delivery, [])).toBe(false);
});
