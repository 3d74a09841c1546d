import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MoveAction } from "../../../../shared/domain/action.ts";
import { parseTag } from "../../../../shared/domain/image-ref.ts";
import { type Pushed, pushImage, pushIndex, pushReferrer, tagAs } from "../../../fakes/pusher.ts";
import { retagOf } from "../../../fixtures/records.ts";
import { APP, type EcrWorld, openEcrWorld } from "./ecr-world.ts";

/** So many looks at the list show the past: more than any act takes. */
const ALWAYS = 1_000;

let world: EcrWorld;
beforeEach(async () => {
  world = await openEcrWorld();
});
afterEach(() => world.close());

const releaseOf = (action: MoveAction): MoveAction => ({ ...action, verb: "release" });
const lag = () => {
  world.aws.controls.describeLag = ALWAYS;
};
const served = (...tags: readonly string[]) => Promise.all(tags.map((tag) => world.registry.resolve(APP, parseTag(tag))));
const push = (content: string, tag?: string) => pushImage(world.served, APP, content, tag);
const tagged = (image: Pushed, tag: string) => tagAs(world.served, APP, image, tag);
const survey = (image: Pushed) => world.registry.survey(world.key(image), new Set());

/** Images beside the one that is held, each with a tag of its own. */
async function fill(count: number): Promise<void> {
  const document = JSON.parse((await push("another", "another")).bytes) as object;
  for (let at = 1; at < count; at += 1) await world.home.put(APP, { ...document, annotations: { at: String(at) } }, `t${at}`);
}

describe("calls, in a repository with many tags", () => {
  async function counted(others: number): Promise<readonly number[]> {
    await world.close();
    world = await openEcrWorld();
    await fill(others);
    const image = await push("x", "1.0");
    await pushReferrer(world.served, APP, image, "signature");
    world.calls();
    const action = await world.plan(image);
    const surveyed = world.calls();
    await world.registry.hold(action);
    const held = world.calls();
    await world.registry.release(releaseOf(action));
    return [surveyed, held, world.calls()];
  }

  test("a survey, a hold and a release take as many as in one with few", async () => {
    expect(await counted(990)).toEqual(await counted(3));
  });
});

describe("indexes that may need the same children", () => {
  async function fillIndexes(count: number): Promise<readonly [Pushed, Pushed]> {
    const [own, shared] = [await push("amd64"), await push("arm64")];
    const document = JSON.parse((await pushIndex(world.served, APP, [shared], "another")).bytes) as object;
    for (let at = 1; at < count; at += 1) await world.home.put(APP, { ...document, annotations: { at: String(at) } }, `t${at}`);
    return [await pushIndex(world.served, APP, [own, shared], "1.0"), own];
  }
  const taken = async (image: Pushed) => (await survey(image))?.manifests.map(({ digest }) => digest);

  test("are read ten a call, each once", async () => {
    const [index, own] = await fillIndexes(200);
    world.calls();
    expect(await taken(index)).toEqual([index.digest, own.digest]);
    expect(world.calls()).toBeLessThan(200 / 10 + 15);
    await survey(index);
    expect(world.calls("BatchGetImage")).toBe(0);
  });

  test("are asked for one by one where a call for many does not give them", async () => {
    await world.close();
    world = await openEcrWorld({
      around: async (request, next) => {
        const isBatch = request.headers.get("x-amz-target")?.endsWith(".BatchGetImage") === true;
        return isBatch ? Response.json({ images: [], failures: [] }) : next(request);
      },
    });
    const [index, own] = await fillIndexes(3);
    expect(await taken(index)).toEqual([index.digest, own.digest]);
  });
});

describe("where the list of images lags", () => {
  test("a survey has all tags of an image that was just pushed, also one that another image had", async () => {
    await push("old", "latest");
    lag();
    const image = await push("new", "2.0");
    await tagged(image, "latest");
    expect((await survey(image))?.tags.toSorted()).toEqual(["2.0", "latest"]);
  });

  test("a survey has all tags of an image that came by none but another image's", async () => {
    await push("old", "latest");
    lag();
    expect((await survey(await push("new", "latest")))?.tags).toEqual(["latest"]);
  });

  test("a survey leaves out a tag that has gone to another image, or away", async () => {
    const image = await push("old", "1.0");
    for (const tag of ["latest", "gone"]) await tagged(image, tag);
    lag();
    await push("new", "latest");
    const away = { tag: parseTag("gone"), from: image.digest, to: "absent" } as const;
    await world.registry.retag(retagOf(world.key(image), "roll-back", [away]));
    expect((await survey(image))?.tags).toEqual(["1.0"]);
  });

  test("a child is taken whose own tag has gone to another image, and none that has got one", async () => {
    const [one, two] = [await push("amd64", "amd64"), await push("arm64")];
    const index = await pushIndex(world.served, APP, [one, two], "1.0");
    lag();
    await push("another", "amd64");
    await tagged(two, "arm64");
    const children = (await survey(index))?.manifests.filter(({ role }) => role === "child").map(({ digest }) => digest);
    expect(children).toEqual([one.digest]);
  });

  test("an index that was just held keeps no child from being held with another", async () => {
    const child = await push("amd64");
    const other = await pushIndex(world.served, APP, [child], "1.0");
    const index = await pushIndex(world.served, APP, [child, await push("arm64")], "2.0");
    const action = await world.plan(other);
    await survey(index);
    lag();
    await world.registry.hold(action);
    expect((await survey(index))?.manifests.map(({ digest }) => digest)).toContain(child.digest);
  });

  test("a hold leaves no tag that serves the image, also one that came to it unseen", async () => {
    const image = await push("old", "1.0");
    await push("new", "latest");
    lag();
    await tagged(image, "latest");
    const { strength } = await world.registry.hold(await world.plan(image));
    expect([strength, ...(await served("1.0", "latest"))]).toEqual(["blocked", undefined, undefined]);
  });

  test("a hold by tags alone takes all tags, also one that came to it unseen", async () => {
    const image = await push("amd64", "amd64");
    await pushIndex(world.served, APP, [image], "1.0");
    await push("new", "latest");
    lag();
    await tagged(image, "latest");
    const action = await world.plan(image);
    expect(action.before.isNamed).toBe(true);
    await world.registry.hold({ ...action, before: { ...action.before, only: "tags" } });
    expect(await served("amd64", "latest")).toEqual([undefined, undefined]);
    expect(await world.registry.resolve(APP, image.digest)).toBe(image.digest);
  });
});

test("a list that cannot be had is no list without tags", async () => {
  const image = await push("x", "1.0");
  world.aws.decide = ({ operation }) => (operation === "DescribeImages" ? "fail" : "pass");
  await expect(survey(image)).rejects.toMatchObject({ code: "unreachable" });
});
