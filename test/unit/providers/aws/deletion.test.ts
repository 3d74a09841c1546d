import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { actionId, type DeleteAction, type MoveAction } from "../../../../shared/domain/action.ts";
import { parseDigest } from "../../../../shared/domain/digest.ts";
import { printImageKey } from "../../../../shared/domain/image-ref.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../../shared/domain/manifest.ts";
import { type Pushed, pushImage, pushIndex, pushManifest, pushReferrer, pushReferrersList } from "../../../fakes/pusher.ts";
import { APP, type EcrWorld, openEcrWorld } from "./ecr-world.ts";

let world: EcrWorld;
beforeEach(async () => {
  world = await openEcrWorld();
});
afterEach(() => world.close());

async function held(image: Pushed): Promise<DeleteAction> {
  const action = await world.plan(image);
  await world.registry.hold(action);
  return deletionOf(action);
}

function deletionOf({ image, actor, plannedAt, before }: MoveAction): DeleteAction {
  const id = actionId("delete", printImageKey(image), 2);
  return { id, verb: "delete", image, actor, cause: { policy: "1" }, generation: 2, plannedAt, before };
}

const manifests = async (repository: string = APP) =>
  (await world.served.contents(repository)).manifests.map((name) => name.replace("-", ":"));

describe("deleting what is archived", () => {
  test("takes the image with its children and what refers to them, and what was kept of it; done again it does nothing", async () => {
    const other = await pushImage(world.served, APP, "other", "2.0");
    const child = await pushImage(world.served, APP, "child");
    const index = await pushIndex(world.served, APP, [child], "1.0");
    await pushReferrersList(world.served, APP, index, [await pushReferrer(world.served, APP, index, "signature")]);
    await pushImage(world.served, APP, "legacy", `${index.digest.replace(":", "-")}.sig`);
    const action = await held(index);
    expect(await world.registry.deleteHeld(action)).toMatchObject({ strength: "blocked", notes: [] });
    expect(await manifests()).toEqual([other.digest]);
    expect(await manifests(`quarantine/${APP}`)).toEqual([]);
    await world.registry.deleteHeld(action);
    expect(await manifests()).toEqual([other.digest]);
  });

  test.each([100, 101])("takes %i children, a hundred a call", async (count) => {
    const first = await pushImage(world.served, APP, "child");
    const document = JSON.parse(first.bytes) as object;
    const children = [first.digest];
    while (children.length < count)
      children.push(parseDigest(await world.home.put(APP, { ...document, annotations: { at: `${children.length}` } })));
    const manifests = children.map((digest) => ({ mediaType: OCI_MANIFEST, digest, size: 1 }));
    const index = await pushManifest(world.served, APP, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, "1.0");
    const action = await world.plan(index);
    const images = world.home.state.repositories.get(APP)?.images;
    for (const [digest, image] of images ?? []) images?.set(digest, { ...image, status: "ARCHIVED" });
    world.calls();
    await world.registry.deleteHeld(deletionOf(action));
    expect((await world.served.contents(APP)).manifests).toEqual([]);
    expect(world.calls("BatchDeleteImage")).toBe(1 + Math.ceil(count / 100));
  });

  test("leaves a child that another index names, and what belongs to that, and says so", async () => {
    const [own, shared] = [await pushImage(world.served, APP, "own"), await pushImage(world.served, APP, "shared")];
    const index = await pushIndex(world.served, APP, [own, shared], "1.0");
    const signature = await pushReferrer(world.served, APP, shared, "signature");
    const action = await held(index);
    const late = await pushIndex(world.served, APP, [shared]);
    // Archived all the same: only the call itself finds out.
    const images = world.home.state.repositories.get(APP)?.images;
    for (const [digest, image] of images ?? []) images?.set(digest, { ...image, status: "ARCHIVED" });
    const { notes } = await world.registry.deleteHeld(action);
    expect((await manifests()).toSorted()).toEqual([shared.digest, signature.digest, late.digest].toSorted());
    expect(notes.join()).toContain(shared.digest);
  });

  test("takes indexes inside of the image in whichever order they come", async () => {
    const leaf = await pushImage(world.served, APP, "leaf");
    const inner = await pushIndex(world.served, APP, [leaf]);
    const index = await pushIndex(world.served, APP, [inner], "1.0");
    const action = await held(index);
    const reversed = { ...action, before: { ...action.before, manifests: action.before.manifests.toReversed() } };
    await world.registry.deleteHeld(reversed);
    expect(await manifests()).toEqual([]);
    expect(action.before.manifests.map(({ mediaType }) => mediaType)).toContain(OCI_INDEX);
  });

  test("is refused while the image can be pulled, while an index names it, and while something unknown refers to it", async () => {
    const served = await pushImage(world.served, APP, "served", "served");
    const action = await held(served);
    await pushImage(world.served, APP, "served", "served");
    await expect(world.registry.deleteHeld(action)).rejects.toMatchObject({ code: "conflict" });

    const named = await pushImage(world.served, APP, "named", "named");
    const second = await held(named);
    await pushIndex(world.served, APP, [named]);
    await expect(world.registry.deleteHeld(second)).rejects.toMatchObject({ code: "conflict" });

    const referred = await pushImage(world.served, APP, "referred", "referred");
    const third = await held(referred);
    await pushReferrer(world.served, APP, referred, "late");
    await expect(world.registry.deleteHeld(third)).rejects.toMatchObject({ code: "conflict" });
    for (const { digest } of [served, named, referred]) expect(await manifests()).toContain(digest);
  });

  test("leaves a child that somebody pushed again", async () => {
    const child = await pushImage(world.served, APP, "child");
    const index = await pushIndex(world.served, APP, [child], "1.0");
    const action = await held(index);
    await pushImage(world.served, APP, "child");
    const { notes } = await world.registry.deleteHeld(action);
    expect(await manifests()).toEqual([child.digest]);
    expect(notes.join()).toContain(child.digest);
  });
});
