import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MoveAction } from "../../shared/domain/action.ts";
import { parseTag } from "../../shared/domain/image-ref.ts";
import { MANIFEST_TYPES } from "../../shared/domain/manifest.ts";
import { type Pushed, pushImage, pushIndex } from "../fakes/pusher.ts";
import { untilDone } from "./hold-situation.ts";
import { actionFor, openWorld, QUARANTINE, type RegistryRow, type World } from "./registry-row.ts";

/** What an index that can be pulled names is not taken from it: where it has a tag of its own, that tag alone goes. */
export function registryPartContract(row: RegistryRow): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(row);
  });
  afterAll(() => world.served.close());

  async function pulls(repository: string, reference: string): Promise<boolean> {
    const headers = { accept: MANIFEST_TYPES.join(", ") };
    return (await world.served.send("GET", `/v2/${repository}/manifests/${reference}`, { headers })).status === 200;
  }

  /** A platform with the tag `amd64`, and an index with it and another one. */
  async function pushRelease(repository: string): Promise<{ readonly part: Pushed; readonly index: Pushed }> {
    const part = await pushImage(world.served, repository, "part", "amd64");
    const index = await pushIndex(world.served, repository, [part, await pushImage(world.served, repository, "other")], "1.0");
    return { part, index };
  }

  async function planFor(repository: string, part: Pushed, only: "tags" | undefined): Promise<MoveAction> {
    const key = world.key(repository, part);
    const before = await world.registry.survey(key, new Set());
    if (before === undefined) throw new Error("there is nothing to hold");
    const plan = actionFor("hold", key, before);
    return only === undefined ? plan : { ...plan, before: { ...before, only } };
  }

  const canShut = row.vendor?.kind !== "read-only";

  describe("an image with a tag that an index names", () => {
    test("is seen to be named by it, and one that none names is not", async () => {
      const { part } = await pushRelease("part/seen");
      const alone = await pushImage(world.served, "part/seen", "alone", "alone");
      expect((await planFor("part/seen", part, undefined)).before.isNamed).toBe(true);
      expect((await planFor("part/seen", alone, undefined)).before.isNamed).toBeUndefined();
    });

    test("loses its tags alone: the index and all that it names can be pulled, which the strength says; a release leaves no trace", async () => {
      const { part, index } = await pushRelease("part/held");
      const before = await world.served.contents("part/held");
      const action = await planFor("part/held", part, "tags");
      const { strength } = await untilDone(world, action);
      expect(strength).toBe(canShut ? "untagged" : "advisory");
      for (const reference of ["1.0", index.digest, part.digest]) expect(await pulls("part/held", reference), reference).toBe(true);
      expect(await pulls("part/held", "amd64")).toBe(!canShut);
      expect(await untilDone(world, action)).toMatchObject({ strength });
      await untilDone(world, { ...action, verb: "release" });
      await untilDone(world, { ...action, verb: "release" });
      expect(await world.served.contents("part/held")).toEqual(before);
      expect((await world.served.contents(`${QUARANTINE}/part/held`)).manifests).toEqual([]);
      expect(world.blocked("part/held")).not.toContain(part.digest);
    });

    test("which was taken whole before comes back for the index, without its tag", async () => {
      const part = await pushImage(world.served, "part/whole", "part", "amd64");
      const whole = await planFor("part/whole", part, undefined);
      await untilDone(world, whole);
      const left: MoveAction = { ...whole, before: { ...whole.before, only: "tags" } };
      const { strength } = await untilDone(world, left);
      expect(strength).toBe(canShut ? "untagged" : "advisory");
      expect(await pulls("part/whole", part.digest)).toBe(true);
      expect(await pulls("part/whole", "amd64")).toBe(!canShut);
      await pushIndex(world.served, "part/whole", [part], "1.0");
      await untilDone(world, { ...left, verb: "release" });
      for (const reference of ["1.0", "amd64"]) expect(await pulls("part/whole", reference), reference).toBe(true);
      expect((await world.served.contents(`${QUARANTINE}/part/whole`)).manifests).toEqual([]);
      expect(world.blocked("part/whole")).toEqual([]);
    });

    test("loses a tag too that came after the plan, which comes back with the others", async () => {
      const { part } = await pushRelease("part/late");
      const action = await planFor("part/late", part, "tags");
      await pushImage(world.served, "part/late", "part", "late");
      await untilDone(world, action);
      expect(await pulls("part/late", "late")).toBe(!canShut);
      await untilDone(world, { ...action, verb: "release" });
      expect((await world.served.contents("part/late")).tags).toMatchObject({ amd64: part.digest, late: part.digest });
      expect((await world.served.contents(`${QUARANTINE}/part/late`)).manifests).toEqual([]);
    });

    test("keeps a tag that somebody gave to another image meanwhile to that one", async () => {
      const { part } = await pushRelease("part/moved");
      const action = await planFor("part/moved", part, "tags");
      const newer = await pushImage(world.served, "part/moved", "newer", "amd64");
      await untilDone(world, action);
      await untilDone(world, { ...action, verb: "release" });
      expect((await world.served.contents("part/moved")).tags).toMatchObject({ [parseTag("amd64")]: newer.digest });
    });
  });
}
