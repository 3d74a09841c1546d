import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pushImage, pushIndex } from "../fakes/pusher.ts";
import { holdNow, openWorld, QUARANTINE, type RegistryRow, type World } from "./registry-row.ts";

/** For registries that hold by moving: an index inside of another one, which some keep the children of until it is gone itself. */
export function registryNestedContract(row: RegistryRow): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(row);
  });
  afterAll(() => world.served.close());
  const contents = (repository: string) => world.served.contents(repository);
  const held = (repository: string) => contents(`${QUARANTINE}/${repository}`);

  describe("hold and release", () => {
    test("work for an index of indexes", async () => {
      const inner = await pushIndex(world.served, "move/nested", [await pushImage(world.served, "move/nested", "leaf")]);
      const outer = await pushIndex(world.served, "move/nested", [inner], "1.0");
      const before = await contents("move/nested");
      const action = await holdNow(world, world.key("move/nested", outer));
      expect((await contents("move/nested")).manifests).toEqual([]);
      await world.registry.release(action);
      expect(await contents("move/nested")).toEqual(before);
      expect((await held("move/nested")).manifests).toEqual([]);
    });

    test("work for an index whose indexes share a child", async () => {
      const leaf = await pushImage(world.served, "move/lattice", "leaf");
      const one = await pushIndex(world.served, "move/lattice", [leaf]);
      const two = await pushIndex(world.served, "move/lattice", [leaf, await pushImage(world.served, "move/lattice", "second leaf")]);
      const outer = await pushIndex(world.served, "move/lattice", [one, two], "1.0");
      const before = await contents("move/lattice");
      const action = await holdNow(world, world.key("move/lattice", outer));
      expect((await contents("move/lattice")).manifests).toEqual([]);
      expect(await world.registry.release(action)).toMatchObject({ notes: [] });
      expect(await contents("move/lattice")).toEqual(before);
      expect((await held("move/lattice")).manifests).toEqual([]);
    });
  });
}
