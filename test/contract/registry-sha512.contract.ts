import { expect, test } from "vitest";
import { digestOf, pushImage } from "../fakes/pusher.ts";
import { holdNow, openWorld, type RegistryRow } from "./registry-row.ts";

/** Where the protocol's other algorithm is taken. */
export function registrySha512Contract(row: RegistryRow): void {
  test("hold and release work for an image by SHA-512", async () => {
    const world = await openWorld(row);
    const status = async (reference: string) => (await world.served.send("HEAD", `/v2/move/sha512/manifests/${reference}`)).status;
    const { bytes, mediaType } = await pushImage(world.served, "move/sha512", "x", "1.0");
    const digest = digestOf(bytes, "sha512");
    await world.served.send("PUT", `/v2/move/sha512/manifests/${digest}`, { body: bytes, headers: { "content-type": mediaType } });
    const before = await world.served.contents("move/sha512");
    const action = await holdNow(world, world.key("move/sha512", { digest }));
    expect(await status(digest)).toBe(404);
    await world.registry.release(action);
    expect(await world.served.contents("move/sha512")).toEqual(before);
    await world.served.close();
  });
}
