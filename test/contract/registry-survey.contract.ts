import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OCI_MANIFEST } from "../../shared/domain/manifest.ts";
import { digestOf, pushBlob, pushImage, pushIndex, pushManifest, pushReferrersList, pushSigned } from "../fakes/pusher.ts";
import { inventoryOf } from "../fixtures/inventory.ts";
import { holdNow, openWorld, QUARANTINE, type RegistryRow, type World } from "./registry-row.ts";

/** The rules of `ports/registry.ts` on what is there and what would move. */
export function registrySurveyContract(row: RegistryRow): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(row);
  });
  afterAll(() => world.served.close());

  describe("survey", () => {
    test("lists the image, its tags, and all that is attached to it", async () => {
      const { image, signature, list, legacy } = await pushSigned(world.served, "survey/image", "x", "1.0");
      await pushImage(world.served, "survey/image", "x", "latest");
      await pushImage(world.served, "survey/image", "another", "2.0");
      const before = await world.registry.survey(world.key("survey/image", image), new Set());
      expect(before?.tags.toSorted()).toEqual(["1.0", "latest"]);
      expect(before?.quarantine).toBe("quarantine/survey/image");
      const rows = before?.manifests.map(({ digest, role, tags }) => [digest, role, tags.toSorted()]);
      expect(rows).toHaveLength(4);
      expect(rows).toEqual(
        expect.arrayContaining([
          [image.digest, "subject", ["1.0", "latest"]],
          [signature.digest, "referrer", []],
          [legacy.digest, "referrer", [`${image.digest.replace(":", "-")}.sig`]],
          [list.digest, "referrers-index", [image.digest.replace(":", "-")]],
        ]),
      );
    });

    test("takes the children that nothing else needs", async () => {
      const [own, shared, tagged, met] = [
        await pushImage(world.served, "survey/index", "own"),
        await pushImage(world.served, "survey/index", "shared"),
        await pushImage(world.served, "survey/index", "tagged", "arm"),
        await pushImage(world.served, "survey/index", "named by an index that nobody told of"),
      ];
      const index = await pushIndex(world.served, "survey/index", [own, shared, tagged, met], "1.0");
      await pushIndex(world.served, "survey/index", [met], "other");
      const before = await world.registry.survey(world.key("survey/index", index), new Set([shared.digest]));
      expect(before?.manifests.map(({ digest, role }) => [digest, role])).toEqual([
        [index.digest, "subject"],
        [own.digest, "child"],
      ]);
    });

    test("leaves a child that an index inside of another one needs", async () => {
      const leaf = await pushImage(world.served, "survey/deep", "leaf");
      const index = await pushIndex(world.served, "survey/deep", [leaf], "1.0");
      const inner = await pushIndex(world.served, "survey/deep", [leaf, await pushImage(world.served, "survey/deep", "another")]);
      await pushIndex(world.served, "survey/deep", [inner], "other");
      const before = await world.registry.survey(world.key("survey/deep", index), new Set());
      expect(before?.manifests.map(({ digest }) => digest)).toEqual([index.digest]);
    });

    test("leaves a tagged image that refers to it: it is judged for itself", async () => {
      const { image } = await pushSigned(world.served, "survey/hostile", "x", "1.0");
      const config = await pushBlob(world.served, "survey/hostile", "{}", "application/vnd.oci.image.config.v1+json");
      const layer = await pushBlob(world.served, "survey/hostile", "layer");
      const document = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer], subject: image };
      const hostile = await pushManifest(world.served, "survey/hostile", document, "prod");
      await pushReferrersList(world.served, "survey/hostile", image, [hostile]);
      const before = await world.registry.survey(world.key("survey/hostile", image), new Set());
      expect(before?.manifests.map(({ digest }) => digest)).not.toContain(hostile.digest);
    });

    test("is not stopped by something broken that is attached", async () => {
      const { image } = await pushSigned(world.served, "survey/broken", "x", "1.0");
      await pushImage(world.served, "survey/broken", "no list", image.digest.replace(":", "-"));
      const before = await world.registry.survey(world.key("survey/broken", image), new Set());
      expect(before?.manifests.find(({ role }) => role === "subject")?.digest).toBe(image.digest);
    });

    test("of an image that is not there is undefined", async () => {
      expect(await world.registry.survey(world.key("survey/none", { digest: digestOf("none") }), new Set())).toBeUndefined();
    });
  });

  describe("the quarantine", () => {
    test("is the gate's own, and known by its repository", () => {
      const [own, other] = [
        world.key("quarantine/shop/api", { digest: digestOf("x") }),
        world.key("quarantined/api", { digest: digestOf("x") }),
      ];
      expect([world.registry.isOwn(own.repository), world.registry.originOf(own.repository)]).toEqual([true, "shop/api"]);
      expect([world.registry.isOwn(other.repository), world.registry.originOf(other.repository)]).toEqual([false, undefined]);
    });

    test("is not in the inventory", async () => {
      const image = await pushImage(world.served, "inventory/api", "x", "1.0");
      await holdNow(world, world.key("inventory/api", await pushImage(world.served, "inventory/api", "held", "2.0")));
      const found = await Array.fromAsync(inventoryOf(world.registry));
      expect(found.filter(({ repository }) => repository.startsWith("inventory/"))).toEqual([
        { repository: "inventory/api", tag: "1.0", digest: image.digest },
      ]);
      expect(found.filter(({ repository }) => repository.startsWith(QUARANTINE))).toEqual([]);
    });
  });
}

/** Of lists that are those of the protocol. */
export function registryCatalogueContract(row: RegistryRow): void {
  test("a registry without a catalogue says so with a mend", async () => {
    const world = await openWorld(row);
    world.fault = async (request, registry) =>
      request.url.includes("_catalog") ? Response.json({ errors: [{ code: "UNSUPPORTED" }] }, { status: 404 }) : registry(request);
    await expect(Array.fromAsync(inventoryOf(world.registry))).rejects.toMatchObject({ code: "unsupported", mend: expect.any(String) });
    await world.served.close();
  });
}
