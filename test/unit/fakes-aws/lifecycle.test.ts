import {
  DeleteLifecyclePolicyCommand,
  GetLifecyclePolicyCommand,
  GetLifecyclePolicyPreviewCommand,
  PutLifecyclePolicyCommand,
  StartLifecyclePolicyPreviewCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pushImage } from "../../fakes/pusher.ts";
import { APP, type AwsWorld, openAwsWorld } from "./aws-world.ts";

const DAY_MS = 86_400_000;
const repositoryName = APP;

let world: AwsWorld;
beforeEach(async () => {
  world = await openAwsWorld();
  world.home.create(APP);
});
afterEach(() => world.close());

type Rule = Readonly<Record<string, unknown>>;

function rule(selection: Rule, action: Rule = { type: "expire" }, rulePriority = 1): Rule {
  return { rulePriority, selection, action, description: "long enough for the least length that the vendor takes for a policy" };
}
const policy = (...rules: readonly Rule[]): string => JSON.stringify({ rules });
const old = (days: number, more: Rule = {}): Rule => ({
  tagStatus: "any",
  countType: "sinceImagePushed",
  countUnit: "days",
  countNumber: days,
  ...more,
});
const put = (...rules: readonly Rule[]) =>
  world.ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: policy(...rules) }));
const preview = async (...rules: readonly Rule[]) => {
  await world.ecr.send(new StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText: policy(...rules) }));
  return world.ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName }));
};

describe("a policy", () => {
  const ARCHIVE = { type: "transition", targetStorageClass: "archive" };
  test.each<readonly [string, readonly Rule[]]>([
    ["expires by pulls", [rule(old(30, { countType: "sinceImagePulled" }))]],
    ["expires archived images before 90 days", [rule(old(30, { storageClass: "archive" }))]],
    ["counts transitions of what is not archived", [rule(old(100, { countType: "sinceImageTransitioned" }))]],
    ["chooses tagged images by nothing", [rule(old(30, { tagStatus: "tagged" }))]],
    ["chooses untagged images by a tag", [rule(old(30, { tagStatus: "untagged", tagPrefixList: ["v"] }))]],
    ["counts images in days", [rule({ tagStatus: "any", countType: "imageCountMoreThan", countUnit: "days", countNumber: 3 })]],
    ["has two rules of one priority", [rule(old(30, { tagStatus: "untagged" })), rule(old(30))]],
    ["has a rule for any image before another", [rule(old(30)), rule(old(30, { tagStatus: "untagged" }), { type: "expire" }, 2)]],
    [
      "has two rules for untagged images",
      [rule(old(3, { tagStatus: "untagged" })), rule(old(30, { tagStatus: "untagged" }), { type: "expire" }, 2)],
    ],
    ["moves images nowhere", [rule(old(30), { type: "transition" })]],
    ["says what no rule can say", [{ ...rule(old(30)), keep: true }]],
  ])("that %s is refused", async (_, rules) => {
    await expect(put(...rules)).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  test("may archive by pulls and expire what was archived for long", async () => {
    const { lifecyclePolicyText } = await put(
      rule(old(30, { tagStatus: "tagged", tagPatternList: ["v*"], countType: "sinceImagePulled" }), ARCHIVE),
      rule(old(90, { storageClass: "archive", countType: "sinceImageTransitioned" }), { type: "expire" }, 2),
    );
    expect(lifecyclePolicyText).toContain("sinceImageTransitioned");
  });
});

test("a policy is there until it is deleted", async () => {
  await put(rule(old(30)));
  const { lifecyclePolicyText } = await world.ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
  expect(lifecyclePolicyText).toBe(policy(rule(old(30))));
  await world.ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
  const gone = world.ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
  await expect(gone).rejects.toMatchObject({ name: "LifecyclePolicyNotFoundException" });
});

describe("a preview", () => {
  test("is asked for in vain before it was begun, and takes its time", async () => {
    const get = () => world.ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName }));
    await expect(get()).rejects.toMatchObject({ name: "LifecyclePolicyPreviewNotFoundException" });
    const start = new StartLifecyclePolicyPreviewCommand({ repositoryName });
    await expect(world.ecr.send(start)).rejects.toMatchObject({ name: "LifecyclePolicyNotFoundException" });
    await put(rule(old(1)));
    world.aws.controls.previewLooks = 1;
    await world.ecr.send(start);
    await expect(world.ecr.send(start)).rejects.toMatchObject({ name: "LifecyclePolicyPreviewInProgressException" });
    expect([(await get()).status, (await get()).status]).toEqual(["IN_PROGRESS", "COMPLETE"]);
  });

  test("gives an image to the first rule that chooses it, whether or not that rule does anything to it", async () => {
    const kept = await pushImage(world.served, APP, "kept", "v1");
    const gone = await pushImage(world.served, APP, "gone", "test");
    await world.aws.forward(10 * DAY_MS);
    const { previewResults, summary } = await preview(
      rule(old(30, { tagStatus: "tagged", tagPrefixList: ["v"] })),
      rule(old(5), { type: "transition", targetStorageClass: "archive" }, 2),
    );
    expect(previewResults).toMatchObject([
      {
        imageDigest: gone.digest,
        imageTags: ["test"],
        appliedRulePriority: 2,
        action: { type: "TRANSITION", targetStorageClass: "ARCHIVE" },
      },
    ]);
    expect(previewResults?.some(({ imageDigest }) => imageDigest === kept.digest)).toBe(false);
    expect(summary).toEqual({
      expiringImageTotalCount: 0,
      transitioningImageTotalCounts: [{ targetStorageClass: "ARCHIVE", imageTotalCount: 1 }],
    });
  });

  test("counts from the newest, and patterns have to fit all", async () => {
    for (const text of ["v1-a", "v2-a", "v3-b"]) {
      await pushImage(world.served, APP, text, text);
      await world.aws.forward(DAY_MS);
    }
    const selection = { tagStatus: "tagged", tagPatternList: ["v*", "*-a"], countType: "imageCountMoreThan", countNumber: 1 };
    const { previewResults } = await preview(rule(selection));
    expect(previewResults?.map(({ imageTags }) => imageTags)).toEqual([["v1-a"]]);
  });
});
