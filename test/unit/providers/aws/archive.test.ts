import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MoveAction } from "../../../../shared/domain/action.ts";
import { parseTag } from "../../../../shared/domain/image-ref.ts";
import type { Registry } from "../../../../shared/ports/registry.ts";
import { type Pushed, pushImage, pushIndex, pushReferrer } from "../../../fakes/pusher.ts";
import { APP, type EcrWorld, openEcrWorld } from "./ecr-world.ts";

let world: EcrWorld;
let registry: Registry;
beforeEach(async () => {
  world = await openEcrWorld();
  registry = world.registry;
});
afterEach(() => world.close());

const releaseOf = (action: MoveAction): MoveAction => ({ ...action, verb: "release" });
const statusOf = ({ digest }: Pushed) => world.home.state.repositories.get(APP)?.images.get(digest)?.status;
const archive = (...images: readonly Pushed[]) => {
  const all = world.home.state.repositories.get(APP)?.images;
  for (const { digest } of images) {
    const image = all?.get(digest);
    if (image !== undefined) all?.set(digest, { ...image, status: "ARCHIVED" });
  }
};

/** What the service was told to archive and to restore, in order. */
function told(): readonly string[] {
  return world.aws.events.flatMap(({ detail }) =>
    detail["action-type"] === "UPDATE_STORAGE_CLASS" ? [`${String(detail["target-storage-class"])} ${String(detail["image-digest"])}`] : [],
  );
}

async function pushFamily() {
  const children = [await pushImage(world.served, APP, "amd64"), await pushImage(world.served, APP, "arm64")] as const;
  return { children, index: await pushIndex(world.served, APP, children, "1.0") };
}

describe("a hold at ECR", () => {
  test("archives an index before its children, and a release brings them back the other way round", async () => {
    const { index, children } = await pushFamily();
    const action = await world.plan(index);
    await registry.hold(action);
    await registry.release(releaseOf(action));
    const [one, two] = children.map(({ digest }) => digest);
    const way = told();
    expect(way.slice(0, 3)).toEqual([`ARCHIVE ${index.digest}`, `ARCHIVE ${one}`, `ARCHIVE ${two}`]);
    expect(way.slice(3)).toEqual([`STANDARD ${two}`, `STANDARD ${one}`, `STANDARD ${index.digest}`]);
  });

  test("keeps the tags of what it archives", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    await registry.hold(await world.plan(image));
    expect((await world.served.contents(APP)).tags).toEqual({ "1.0": image.digest });
  });

  test("that somebody took back, by a push or by a restore, is made again", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const action = await world.plan(image);
    await registry.hold(action);
    await pushImage(world.served, APP, "x", "1.0");
    expect(await registry.resolve(APP, parseTag("1.0"))).toBe(image.digest);
    expect((await registry.hold(action)).strength).toBe("blocked");
    world.aws.controls.restoreLooks = 3;
    await registry.release(releaseOf(action)).catch(() => undefined);
    expect(statusOf(image)).toBe("ACTIVATING");
    expect((await registry.hold(action)).strength).toBe("blocked");
    expect(statusOf(image)).toBe("ARCHIVED");
  });

  test("does not believe a list of images that lags", async () => {
    const { index, children } = await pushFamily();
    world.aws.controls.describeLag = 6;
    const action = await world.plan(index);
    const { strength, notes } = await registry.hold(action);
    expect([strength, notes.join().includes("pushed again")]).toEqual(["blocked", false]);
    for (const image of [index, ...children]) expect(statusOf(image)).toBe("ARCHIVED");
    await pushImage(world.served, APP, "amd64");
    await registry.hold(action);
    expect(statusOf(children[0])).toBe("ARCHIVED");
  });

  test("leaves a child that an index without a tag names too, and says so; the image itself is shut", async () => {
    const { index, children } = await pushFamily();
    await pushIndex(world.served, APP, [children[0]]);
    const { strength, notes } = await registry.hold(await world.plan(index));
    expect([strength, statusOf(index), statusOf(children[0]), statusOf(children[1])]).toEqual([
      "blocked",
      "ARCHIVED",
      "ACTIVE",
      "ARCHIVED",
    ]);
    expect(notes.join()).toContain(children[0].digest);
  });

  test("asks once more for a child where ECR is slow to see that its index is archived", async () => {
    await world.close();
    let refusals = 1;
    world = await openEcrWorld({
      around: async (request, next) => {
        const isArchiving = request.headers.get("x-amz-target")?.endsWith(".UpdateImageStorageClass") === true;
        if (!isArchiving || world.home.blocked(APP).length !== 1 || refusals-- < 1) return next(request);
        const code = "ImageStorageClassUpdateNotSupportedException";
        return Response.json({ __type: code, message: "referenced" }, { status: 400, headers: { "x-amzn-errortype": code } });
      },
    });
    const { index, children } = await pushFamily();
    const { notes } = await world.registry.hold(await world.plan(index));
    expect([refusals, notes.join().includes("stays")]).toEqual([-1, false]);
    expect(children.map(statusOf)).toEqual(["ARCHIVED", "ARCHIVED"]);
  });

  test("of what ECR is still bringing back, and does not archive before, is tried again in a minute", async () => {
    await world.close();
    world = await openEcrWorld({
      around: async (request, next) => {
        const text = await request.clone().text();
        if (request.headers.get("x-amz-target")?.endsWith(".UpdateImageStorageClass") !== true || !text.includes("ARCHIVE"))
          return next(request);
        if (world.home.state.repositories.get(APP)?.images.get(image.digest)?.status !== "ACTIVATING") return next(request);
        const code = "InvalidParameterException";
        return Response.json({ __type: code, message: "activating" }, { status: 400, headers: { "x-amzn-errortype": code } });
      },
    });
    const image = await pushImage(world.served, APP, "x", "1.0");
    const action = await world.plan(image);
    await world.registry.hold(action);
    world.aws.controls.restoreForMs = 20 * 60_000;
    await world.registry.release(releaseOf(action)).catch(() => undefined);
    const again = { code: "conflict", retryable: true, retryAfter: 60_000 };
    await expect(world.registry.hold(action)).rejects.toMatchObject(again);
    await world.forward(20 * 60_000);
    expect((await world.registry.hold(action)).strength).toBe("blocked");
  });

  test("of what ECR does not archive fails with what to do", async () => {
    const child = await pushImage(world.served, APP, "child", "child");
    await pushIndex(world.served, APP, [child]);
    await expect(registry.hold(await world.plan(child))).rejects.toMatchObject({
      code: "conflict",
      retryable: false,
      mend: expect.any(String),
    });
    expect(statusOf(child)).toBe("ACTIVE");
  });

  test("in a repository that is filled from elsewhere says that a pull may bring the image back", async () => {
    world.home.addCacheRule({ ecrRepositoryPrefix: "team", upstreamRegistryUrl: "registry-1.docker.io" });
    const image = await pushImage(world.served, APP, "x", "1.0");
    const action = await world.plan(image);
    expect((await registry.hold(action)).notes.join()).toMatch(/filled from another registry/);
    // The next pull imports it, which ECR tells as a push.
    await pushImage(world.served, APP, "x", "1.0");
    expect((await registry.hold(action)).strength).toBe("blocked");
  });

  test("says nothing of caches where it may not ask for them", async () => {
    world.aws.decide = ({ operation }) => (operation === "DescribePullThroughCacheRules" ? "fail" : "pass");
    const image = await pushImage(world.served, APP, "x", "1.0");
    expect((await registry.hold(await world.plan(image))).strength).toBe("blocked");
  });
});

describe("a release at ECR", () => {
  test("asks for all children at once, waits for none, and is to be tried again until all are back", async () => {
    const { index, children } = await pushFamily();
    const action = await world.plan(index);
    await registry.hold(action);
    world.aws.controls.restoreForMs = 20 * 60_000;
    const release = () => registry.release(releaseOf(action));
    await expect(release()).rejects.toMatchObject({ code: "conflict", retryable: true, retryAfter: 60_000 });
    expect([statusOf(index), ...children.map(statusOf)]).toEqual(["ARCHIVED", "ACTIVATING", "ACTIVATING"]);
    await world.forward(20 * 60_000);
    await expect(release()).rejects.toMatchObject({ retryable: true });
    expect([statusOf(index), ...children.map(statusOf)]).toEqual(["ACTIVATING", "ACTIVE", "ACTIVE"]);
    await world.forward(20 * 60_000);
    await release();
    expect(statusOf(index)).toBe("ACTIVE");
  });

  test("brings back what refers to the image, which a lifecycle policy archives with it", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const signature = await pushReferrer(world.served, APP, image, "signature");
    const action = await world.plan(image);
    await registry.hold(action);
    archive(signature);
    await registry.release(releaseOf(action));
    expect(statusOf(signature)).toBe("ACTIVE");
  });
});
