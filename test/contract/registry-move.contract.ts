import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseTag } from "../../shared/domain/image-ref.ts";
import type { ActResult } from "../../shared/ports/registry.ts";
import { describeBytes, LAYER, pushClaimant, pushImage, pushIndex, pushReferrer, pushReferrersList, pushSigned } from "../fakes/pusher.ts";
import { actionFor, holdNow, isDeletion, isDeletionOf, openWorld, QUARANTINE, type RegistryRow, type World } from "./registry-row.ts";

/** Not of what every hold says that is probed as the gate. */
function ownNotes({ notes }: ActResult): readonly string[] {
  return notes.filter((note) => !note.startsWith("no puller is set"));
}

/** The rules of `ports/registry.ts` for registries that hold by moving. */
export function registryMoveContract(row: RegistryRow): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(row);
  });
  afterAll(() => world.served.close());
  const status = async (repository: string, reference: string) =>
    (await world.served.send("HEAD", `/v2/${repository}/manifests/${reference}`)).status;
  const contents = (repository: string) => world.served.contents(repository);
  const held = (repository: string) => contents(`${QUARANTINE}/${repository}`);

  describe("hold and release", () => {
    test("take an image out of reach with its signatures, and put it back byte for byte", async () => {
      const { image, signature, list, legacy } = await pushSigned(world.served, "move/image", "x", "1.0");
      const untouched = await pushImage(world.served, "move/image", "untouched", "2.0");
      const before = await contents("move/image");
      const key = world.key("move/image", image);
      const plan = await world.registry.survey(key, new Set());
      if (plan === undefined) throw new Error("no plan");
      const result = await world.registry.hold(actionFor("hold", key, plan));
      expect([result.strength, ownNotes(result)]).toEqual(["hidden", []]);
      expect(result.probes?.map(({ way, answer }) => [way, answer])).toEqual([
        ["tag", "refused"],
        ["digest", "refused"],
      ]);

      for (const reference of [image.digest, "1.0", signature.digest, list.digest, legacy.digest])
        expect(await status("move/image", reference)).toBe(404);
      expect(await status("move/image", "2.0")).toBe(200);
      const place = world.registry.heldAt(key);
      expect(place).toBe("quarantine/move/image");
      if (place === undefined) throw new Error("no place");
      expect((await world.registry.manifest(place, image.digest))?.digest).toBe(image.digest);
      expect((await world.registry.referrers(place, image.digest)).map(({ manifest }) => manifest.digest).toSorted()).toEqual(
        [signature.digest, legacy.digest].toSorted(),
      );
      // Everything is kept from the garbage collection of a registry that removes what has no tag.
      expect(new Set(Object.values((await held("move/image")).tags))).toEqual(new Set(plan.manifests.map(({ digest }) => digest)));

      const released = await world.registry.release(actionFor("release", key, plan));
      expect(released).toEqual({ strength: "advisory", notes: [] });
      expect(await contents("move/image")).toEqual(before);
      expect(await (await world.served.send("GET", "/v2/move/image/manifests/1.0")).text()).toBe(image.bytes);
      expect((await held("move/image")).manifests).toEqual([]);
      expect(await status("move/image", untouched.digest)).toBe(200);
    });

    test("may be done twice", async () => {
      const { image } = await pushSigned(world.served, "move/twice", "x", "1.0");
      const before = await contents("move/twice");
      const action = await holdNow(world, world.key("move/twice", image));
      const once = await held("move/twice");
      const again = await world.registry.hold(action);
      expect([again.strength, ownNotes(again)]).toEqual(["hidden", []]);
      expect(await held("move/twice")).toEqual(once);
      await world.registry.release(action);
      await world.registry.release(action);
      expect(await contents("move/twice")).toEqual(before);
    });

    test("keep other indexes whole", async () => {
      const [own, shared] = [await pushImage(world.served, "move/index", "own"), await pushImage(world.served, "move/index", "shared")];
      const index = await pushIndex(world.served, "move/index", [own, shared], "1.0");
      await pushIndex(world.served, "move/index", [shared], "other");
      const before = await contents("move/index");
      const action = await holdNow(world, world.key("move/index", index));
      expect([await status("move/index", own.digest), await status("move/index", shared.digest)]).toEqual([404, 200]);
      const notes = ownNotes(await world.registry.hold(action));
      expect(notes).toHaveLength(1);
      expect(notes[0]).toContain(shared.digest);
      await world.registry.release(action);
      expect(await contents("move/index")).toEqual(before);
    });

    test("bring a shared child back for whichever index is released first", async () => {
      const child = await pushImage(world.served, "move/both", "child");
      const first = await pushIndex(world.served, "move/both", [child], "1");
      const second = await pushIndex(world.served, "move/both", [child, await pushImage(world.served, "move/both", "second")], "2");
      const before = await contents("move/both");
      const holdFirst = await holdNow(world, world.key("move/both", first));
      const holdSecond = await holdNow(world, world.key("move/both", second));
      expect(await status("move/both", child.digest)).toBe(404);
      await world.registry.release(holdSecond);
      expect(await status(`${QUARANTINE}/move/both`, child.digest)).toBe(200);
      await world.registry.release(holdFirst);
      expect(await contents("move/both")).toEqual(before);
    });

    test("an image that was pushed again while held is held again and comes back once", async () => {
      const { image } = await pushSigned(world.served, "move/again", "x", "1.0");
      const before = await contents("move/again");
      const key = world.key("move/again", image);
      const action = await holdNow(world, key);
      await pushImage(world.served, "move/again", "x", "1.0");
      expect((await world.registry.hold(action)).strength).toBe("hidden");
      expect(await status("move/again", "1.0")).toBe(404);
      await pushImage(world.served, "move/again", "x", "1.0");
      await world.registry.release(action);
      expect(await contents("move/again")).toEqual(before);
      expect((await held("move/again")).manifests).toEqual([]);
    });

    test("a tag that somebody moved meanwhile is left alone, and said so", async () => {
      const { image } = await pushSigned(world.served, "move/tag", "x", "1.0");
      await pushImage(world.served, "move/tag", "x", "stable");
      const action = await holdNow(world, world.key("move/tag", image));
      const newer = await pushImage(world.served, "move/tag", "newer", "1.0");
      const { notes } = await world.registry.release(action);
      expect(notes).toEqual(["tag 1.0 points elsewhere now: left alone"]);
      expect((await contents("move/tag")).tags).toMatchObject({ "1.0": newer.digest, stable: image.digest });
    });

    test("a tag that came after the plan goes along and comes back", async () => {
      const image = await pushImage(world.served, "move/late", "x", "1.0");
      const key = world.key("move/late", image);
      const plan = await world.registry.survey(key, new Set());
      if (plan === undefined) throw new Error("no plan");
      await pushImage(world.served, "move/late", "x", "late");
      expect(ownNotes(await world.registry.hold(actionFor("hold", key, plan)))).toHaveLength(1);
      expect(await status("move/late", "late")).toBe(404);
      await world.registry.release(actionFor("release", key, plan));
      expect((await contents("move/late")).tags).toEqual({ "1.0": image.digest, late: image.digest });
    });

    test("a child that got a tag after the plan stays", async () => {
      const child = await pushImage(world.served, "move/child", "x");
      const index = await pushIndex(world.served, "move/child", [child], "1.0");
      const key = world.key("move/child", index);
      const plan = await world.registry.survey(key, new Set());
      if (plan === undefined) throw new Error("no plan");
      await pushImage(world.served, "move/child", "x", "arm");
      const result = await world.registry.hold(actionFor("hold", key, plan));
      expect([result.strength, ownNotes(result).length]).toEqual(["hidden", 1]);
      expect((await contents("move/child")).tags).toEqual({ arm: child.digest });
    });

    test("signatures that came while it was held are kept, wherever they were attached", async () => {
      const { image, signature, legacy } = await pushSigned(world.served, "move/signed", "x", "1.0");
      const key = world.key("move/signed", image);
      const action = await holdNow(world, key);
      const atSource = await pushReferrer(world.served, "move/signed", image, "signed in its repository");
      await pushReferrersList(world.served, "move/signed", image, [atSource]);
      const inQuarantine = await pushReferrer(world.served, "quarantine/move/signed", image, "signed in quarantine");
      await pushReferrersList(world.served, "quarantine/move/signed", image, [signature, inQuarantine]);
      await world.registry.release(action);
      const found = (await world.registry.referrers(key.repository, image.digest)).map(({ manifest }) => manifest.digest);
      expect(found.toSorted()).toEqual([signature, legacy, atSource, inQuarantine].map(({ digest }) => digest).toSorted());
      const tag = parseTag(image.digest.replace(":", "-"));
      const list = await world.registry.resolve(key.repository, tag);
      const merged = list === undefined ? undefined : await world.registry.manifest(key.repository, list);
      expect(merged?.kind === "index" && merged.manifests.map(({ digest }) => digest).toSorted()).toEqual(
        [signature, atSource, inQuarantine].map(({ digest }) => digest).toSorted(),
      );
      expect((await held("move/signed")).manifests).toEqual([]);
    });

    test("an image that is held for itself stays held, although it says that it refers to the one that is released", async () => {
      const image = await pushImage(world.served, "move/claim", "x", "1.0");
      const other = await pushClaimant(world.served, "move/claim", image, "2.0");
      const before = await contents("move/claim");
      const [first, second] = [await holdNow(world, world.key("move/claim", image)), await holdNow(world, world.key("move/claim", other))];
      await world.registry.release(first);
      expect(await status("move/claim", other.digest)).toBe(404);
      await world.registry.release(second);
      expect(await contents("move/claim")).toEqual(before);
    });

    test("a copy whose original went away meanwhile is kept", async () => {
      const child = await pushImage(world.served, "move/race", "x");
      const index = await pushIndex(world.served, "move/race", [child], "1.0");
      const action = await holdNow(world, world.key("move/race", index));
      world.fault = async (request, registry) => {
        const response = await registry(request);
        const isTag = request.method === "PUT" && request.url.endsWith("/manifests/1.0");
        if (isTag) await world.served.send("DELETE", `/v2/move/race/manifests/${index.digest}`);
        if (isTag) await world.served.send("DELETE", `/v2/move/race/manifests/${child.digest}`);
        return response;
      };
      await world.registry.release(action);
      world.fault = (request, registry) => registry(request);
      expect((await held("move/race")).manifests).toHaveLength(2);
    });

    test("an image that another held index needs stays for it when it is released itself", async () => {
      const child = await pushImage(world.served, "move/needed", "x", "arm");
      const index = await pushIndex(world.served, "move/needed", [child], "1.0");
      await holdNow(world, world.key("move/needed", index));
      await world.registry.release(await holdNow(world, world.key("move/needed", child)));
      expect(await status("move/needed", "arm")).toBe(200);
      expect(await status(`${QUARANTINE}/move/needed`, child.digest)).toBe(200);
    });

    test("a list of referrers whose place was taken stays in quarantine, and is said so", async () => {
      const { image, list } = await pushSigned(world.served, "move/taken", "x", "1.0");
      const action = await holdNow(world, world.key("move/taken", image));
      const tag = image.digest.replace(":", "-");
      const taken = await pushImage(world.served, "move/taken", "no list", tag);
      const { notes } = await world.registry.release(action);
      expect(notes).toContainEqual(expect.stringContaining(tag));
      expect((await contents("move/taken")).tags).toMatchObject({ "1.0": image.digest, [tag]: taken.digest });
      expect(await status(`${QUARANTINE}/move/taken`, list.digest)).toBe(200);
    });

    test("an image that is nowhere is not found, and nothing is touched", async () => {
      const { image } = await pushSigned(world.served, "move/gone", "x", "1.0");
      const key = world.key("move/gone", image);
      const plan = await world.registry.survey(key, new Set());
      if (plan === undefined) throw new Error("no plan");
      await world.served.send("DELETE", `/v2/move/gone/manifests/${image.digest}`);
      const before = await contents("move/gone");
      await expect(world.registry.hold(actionFor("hold", key, plan))).rejects.toMatchObject({ code: "not-found" });
      await expect(world.registry.release(actionFor("release", key, plan))).rejects.toMatchObject({ code: "not-found" });
      expect(await contents("move/gone")).toEqual(before);
    });

    test("an image whose blob is missing is not deleted", async () => {
      const image = await pushImage(world.served, "move/hollow", "hollow", "1.0");
      const before = await contents("move/hollow");
      await world.served.send("DELETE", `/v2/move/hollow/blobs/${describeBytes("layer of hollow", LAYER).digest}`);
      await expect(holdNow(world, world.key("move/hollow", image))).rejects.toMatchObject({ code: "malformed" });
      expect(await contents("move/hollow")).toEqual(before);
    });

    test("a registry that deletes nothing says so with a mend, and keeps the image", async () => {
      const { image } = await pushSigned(world.served, "move/undeletable", "x", "1.0");
      const before = await contents("move/undeletable");
      world.fault = async (request, registry) =>
        isDeletion(request) ? Response.json({ errors: [{ code: "UNSUPPORTED" }] }, { status: 405 }) : registry(request);
      const holding = holdNow(world, world.key("move/undeletable", image));
      await expect(holding).rejects.toMatchObject({ code: "unsupported", mend: expect.stringContaining("delete") });
      world.fault = (request, registry) => registry(request);
      expect(await contents("move/undeletable")).toEqual(before);
    });

    test("an image that is pushed again at every turn is reported as it is, not as hoped", async () => {
      const { bytes, digest, mediaType } = await pushImage(world.served, "move/stubborn", "x", "1.0");
      const key = world.key("move/stubborn", { digest });
      const plan = await world.registry.survey(key, new Set());
      if (plan === undefined) throw new Error("no plan");
      const pushTo = async (reference: string) => {
        world.fault = async (request, registry) => {
          const isSubject = await isDeletionOf(request, digest);
          const response = await registry(request);
          if (isSubject)
            await world.served.send("PUT", `/v2/move/stubborn/manifests/${reference}`, {
              body: bytes,
              headers: { "content-type": mediaType },
            });
          return response;
        };
        const result = await world.registry.hold(actionFor("hold", key, plan));
        world.fault = (request, registry) => registry(request);
        return [result.strength, ownNotes(result).length > 0];
      };
      expect(await pushTo("1.0")).toEqual(["advisory", true]);
      expect(await pushTo(digest)).toEqual(["untagged", true]);
      expect((await world.registry.hold(actionFor("hold", key, plan))).strength).toBe("hidden");
    });
  });
}
