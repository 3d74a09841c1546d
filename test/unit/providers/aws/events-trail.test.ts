import { describe, expect, test } from "vitest";
import { ACCOUNT, DIGEST, HOST, imageAction, OTHER_DIGEST, REPOSITORY_ARN, read, trailEvent } from "../../../fixtures/aws-events.ts";

const PLACE = { source: "ecr", registry: HOST, repository: "shop/api" };
/** As CloudTrail writes what is too long for it. */
const OMITTED = { omitted: true, originalSize: 200_000, reason: "too large" };

describe("what CloudTrail records", () => {
  const put = { repositoryName: "shop/api", registryId: ACCOUNT, imageTag: "1.0", imageManifest: "{}" };
  const asked = { repositoryName: "shop/api", imageIds: [{ imageDigest: DIGEST }] };
  const responseElements = { image: { imageId: { imageDigest: DIGEST, imageTag: "1.0" } } };

  test("a call says who pushed, and names the same image as the event of ECR", () => {
    const event = trailEvent("PutImage", put, { responseElements });
    const fields = { kind: "pushed", digest: DIGEST, tag: "1.0", ...PLACE };
    expect(read(event).events).toMatchObject([
      { ...fields, id: "record-1", at: Date.parse("2026-11-21T11:59:58Z"), actor: `arn:aws:sts::${ACCOUNT}:assumed-role/ci/build-7` },
    ]);
    expect(read(imageAction("PUSH", { "image-tag": "1.0" })).events).toMatchObject([fields]);
  });

  test("a record tells the same without an envelope, under the same id", () => {
    const event = trailEvent("PutImage", put, { responseElements });
    expect(read(event["detail"])).toEqual(read(event));
  });

  test.each([
    ["PutImage", put],
    ["SetRepositoryPolicy", { repositoryName: "shop/api", policyText: "{}" }],
  ])("a record of %s that was kept without a zone is of its time in UTC", (call, request) => {
    const { events, changes = [] } = read(trailEvent(call, request, { responseElements, eventTime: "2026-11-21 11:59:58.000" })["detail"]);
    expect([...events, ...changes]).toMatchObject([{ at: Date.parse("2026-11-21T11:59:58Z") }]);
  });

  test("who reaches in from another account has an id and no name", () => {
    const event = trailEvent("PutImage", put, {
      responseElements,
      userIdentity: { type: "AWSAccount", accountId: "999999999999", principalId: "AROA:build" },
    });
    expect(read(event).events).toMatchObject([{ actor: "999999999999:AROA:build" }]);
  });

  test("each image of a deletion is told, under ids of their own", () => {
    const imageIds = [{ imageDigest: DIGEST, imageTag: "1.0" }, { imageDigest: OTHER_DIGEST }];
    const { events } = read(trailEvent("BatchDeleteImage", { repositoryName: "shop/api", imageIds }, { responseElements: { imageIds } }));
    expect(events).toMatchObject([
      { kind: "deleted", id: "record-1/0", digest: DIGEST, tag: "1.0" },
      { kind: "deleted", id: "record-1/1", digest: OTHER_DIGEST },
    ]);
  });

  test("what was not deleted although it was asked for is not told", () => {
    const imageIds = [{ imageDigest: DIGEST }, { imageDigest: OTHER_DIGEST }];
    const { events } = read(
      trailEvent(
        "BatchDeleteImage",
        { repositoryName: "shop/api", imageIds },
        { responseElements: { imageIds: [{ imageDigest: DIGEST }] } },
      ),
    );
    expect(events).toMatchObject([{ digest: DIGEST }]);
  });

  test.each([
    ["ARCHIVE", "deleted"],
    ["STANDARD", "pushed"],
  ])("who moved an image to %s is told", (targetStorageClass, kind) => {
    const event = trailEvent("UpdateImageStorageClass", {
      repositoryName: "shop/api",
      imageId: { imageDigest: DIGEST },
      targetStorageClass,
    });
    expect(read(event).events).toMatchObject([{ kind, digest: DIGEST, actor: expect.stringContaining("ci") }]);
  });

  test("what a lifecycle policy took away is gone by digest", () => {
    const images = [DIGEST, OTHER_DIGEST].map((digest) => ({ lifecycleEventImage: { digest, tagStatus: "Tagged", tagList: ["a", "b"] } }));
    const event = trailEvent("PolicyExecutionEvent", null, {
      userIdentity: { accountId: ACCOUNT, invokedBy: "AWS Internal" },
      serviceEventDetails: { repositoryName: "shop/api", lifecycleEventImageActions: images },
    });
    expect(read({ ...event, "detail-type": "AWS Service Event via CloudTrail" }).events).toMatchObject([
      { kind: "deleted", digest: DIGEST, actor: "AWS Internal" },
      { kind: "deleted", digest: OTHER_DIGEST },
    ]);
  });

  test("the end of a restore is a push, and one that failed is none", () => {
    const restored = (result: string) =>
      read(
        trailEvent("ImageActivationEvent", null, {
          serviceEventDetails: { repositoryName: "shop/api", imageDigest: DIGEST, targetStorageClass: "STANDARD", result },
        }),
      );
    expect(restored("SUCCESS").events).toMatchObject([{ kind: "pushed", digest: DIGEST }]);
    expect(restored("FAILED").events).toEqual([]);
  });

  test.each([
    ["a call that was refused", trailEvent("PutImage", put, { errorCode: "AccessDenied", responseElements: null })],
    ["a call into another account's registry", trailEvent("PutImage", { ...put, registryId: "999999999999" }, { responseElements })],
    ["a call to another service", trailEvent("CreateGrant", {}, { eventSource: "kms.amazonaws.com" })],
    ["a call that only reads", trailEvent("BatchGetImage", { repositoryName: "shop/api", imageIds: [{ imageDigest: DIGEST }] })],
    ["a preview", trailEvent("DryRunEvent", null, { serviceEventDetails: { repositoryName: "shop/api" } })],
    ["a record without a request", trailEvent("PutImage", null)],
    ["a deletion that failed for all", trailEvent("BatchDeleteImage", asked, { responseElements: { imageIds: [], failures: [{}] } })],
    ["a deletion that does not say of what", trailEvent("BatchDeleteImage", OMITTED)],
    ["a change without a region", trailEvent("PutLifecyclePolicy", { repositoryName: "shop/api" }, { awsRegion: undefined })],
  ])("%s is passed over with a reason", (_, event) => {
    const { events, skipped } = read(event);
    expect(events).toEqual([]);
    expect(skipped).toHaveLength(1);
  });
});

describe("what a record leaves out", () => {
  const imageId = { imageDigest: DIGEST, imageTag: "1.0" };
  const answered = { responseElements: { image: { registryId: ACCOUNT, repositoryName: "shop/api", imageId } } };
  const resources = [{ ARN: REPOSITORY_ARN, accountId: ACCOUNT }];
  const pushed = { kind: "pushed", ...PLACE, digest: DIGEST, tag: "1.0", actor: `arn:aws:sts::${ACCOUNT}:assumed-role/ci/build-7` };

  test.each([
    ["the request: taken from the answer", trailEvent("PutImage", null, answered)],
    ["the request, for its length: taken from the answer", trailEvent("PutImage", OMITTED, answered)],
    [
      "the repository: taken from what the record is about",
      trailEvent("PutImage", null, { responseElements: { image: { imageId } }, resources }),
    ],
    ["the account, around it: taken from the record", { ...trailEvent("PutImage", null, answered), account: undefined }],
    [
      "the account: taken from what was asked for",
      { ...trailEvent("PutImage", null, { ...answered, recipientAccountId: undefined }), account: "" },
    ],
  ])("%s", (_, event) => {
    expect(read(event)).toMatchObject({ events: [pushed], skipped: [] });
  });

  test("the answer, for its length: what was asked to be deleted is looked at", () => {
    const event = trailEvent("BatchDeleteImage", { repositoryName: "shop/api", imageIds: [imageId] }, { responseElements: OMITTED });
    expect(read(event).events).toMatchObject([{ kind: "deleted", digest: DIGEST }]);
  });

  test.each([
    ["SetRepositoryPolicy", { responseElements: { repositoryName: "shop/api", registryId: ACCOUNT } }],
    ["DeleteRepository", { responseElements: { repository: { repositoryName: "shop/api", registryId: ACCOUNT } } }],
    ["DeleteRepositoryPolicy", { resources }],
  ])("the repository of %s: taken from elsewhere in the record", (call, more) => {
    expect(read(trailEvent(call, OMITTED, more)).changes).toMatchObject([{ call, registry: HOST, repository: "shop/api" }]);
  });

  test("a repository beside others is not guessed", () => {
    const both = [...resources, { ARN: `${REPOSITORY_ARN}-other` }];
    expect(read(trailEvent("PutImage", null, { responseElements: { image: { imageId } }, resources: both })).events).toEqual([]);
  });

  test.each(["the answer", "what it is about"])("another account's registry that %s names is none of this trail's", (place) => {
    const foreign = "999999999999";
    const more =
      place === "the answer"
        ? { responseElements: { image: { ...answered.responseElements.image, registryId: foreign } } }
        : { responseElements: { image: { imageId } }, resources: [{ ARN: REPOSITORY_ARN.replace(ACCOUNT, foreign) }] };
    expect(read(trailEvent("PutImage", null, more))).toMatchObject({ events: [], skipped: [expect.stringContaining("another account")] });
  });

  test.each([
    ["id", { eventID: "" }, { id: "event-1" }],
    ["time", { eventTime: "" }, { at: Date.parse("2026-11-21T12:00:00Z") }],
  ])("its %s: that of what is around it", (_, more, fields) => {
    expect(read(trailEvent("PutImage", null, { ...answered, ...more })).events).toMatchObject([fields]);
  });
});

test.each([
  ["STANDARD", "pushed", [{ control: "storage-class", digest: DIGEST }]],
  ["ARCHIVE", "deleted", []],
])("an image that a tag moved to %s is the one that the answer names by digest", (targetStorageClass, kind, changes) => {
  const request = { repositoryName: "shop/api", registryId: ACCOUNT, imageId: { imageTag: "1.0" }, targetStorageClass };
  const responseElements = { image: { imageId: { imageDigest: DIGEST, imageTag: "1.0" } } };
  const told = read(trailEvent("UpdateImageStorageClass", request, { responseElements }));
  expect(told.events).toMatchObject([{ kind, digest: DIGEST, tag: "1.0" }]);
  expect(told.changes ?? []).toMatchObject(changes);
});
