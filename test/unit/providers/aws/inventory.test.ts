import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ImageKey } from "../../../../shared/domain/image-ref.ts";
import { parseRegistryHost, parseRepository } from "../../../../shared/domain/image-ref.ts";
import { ParseError } from "../../../../shared/domain/parse-error.ts";
import { openEcrRegistry } from "../../../../shared/providers/aws/registry.ts";
import { digestOf, type Pushed, pushImage, pushIndex } from "../../../fakes/pusher.ts";
import { inventoryOf } from "../../../fixtures/inventory.ts";
import { APP, type EcrWorld, HOUR, openEcrWorld } from "./ecr-world.ts";

const GATE = "arn:aws:iam::123456789012:user/gate";

let world: EcrWorld;
beforeEach(async () => {
  world = await openEcrWorld();
});
afterEach(() => world.close());

describe("the inventory", () => {
  test("has every tag that can be pulled, over all pages, in a call for a thousand images", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    await pushImage(world.served, APP, "x", "latest");
    const held = await pushImage(world.served, APP, "held", "2.0");
    await pushImage(world.served, APP, "untagged");
    await world.registry.hold(await world.plan(held));
    // The gate's own come before the others in the list.
    for (let count = 0; count < 1_005; count += 1) world.home.create(`quarantine/r${count}`);
    await pushImage(world.served, "another/app", "y", "1.0");
    world.calls();
    const found = await Array.fromAsync(inventoryOf(world.registry));
    expect(found.map(({ repository, tag }) => `${repository}:${tag}`)).toEqual(["another/app:1.0", "team/app:1.0", "team/app:latest"]);
    expect(found[1]?.digest).toBe(image.digest);
    // Two pages of repositories, and one of images for each that is not the gate's own.
    expect(world.calls()).toBe(2 + 2);
  });

  test("has a thousand images a page, and all pages", async () => {
    const first = await pushImage(world.served, APP, "first", "first");
    const document = JSON.parse(first.bytes) as object;
    for (let count = 0; count < 1_001; count += 1)
      await world.home.put(APP, { ...document, annotations: { count: String(count) } }, `t${count}`);
    world.calls();
    expect(await Array.fromAsync(inventoryOf(world.registry))).toHaveLength(1_002);
    expect(world.calls("DescribeImages")).toBe(2);
  });

  test("knows which tags point at an index without asking for each", async () => {
    const child = await pushImage(world.served, APP, "x", "1.0");
    const index = await pushIndex(world.served, APP, [child], "2.0");
    await pushImage(world.served, "another/app", "y", "1.0");
    world.calls();
    const found = await Array.fromAsync(world.registry.taggedIndexes?.(parseRepository(APP)) ?? []);
    expect(found).toEqual([{ repository: APP, tag: "2.0", digest: index.digest }]);
    expect(world.calls()).toBe(1);
  });

  test("passes over a repository that is deleted meanwhile, and ends with any other fault", async () => {
    for (const name of ["one", "two"]) await pushImage(world.served, name, "x", "1.0");
    const rest = inventoryOf(world.registry)[Symbol.asyncIterator]();
    expect((await rest.next()).value).toMatchObject({ repository: "one" });
    world.home.state.repositories.delete("two");
    expect((await rest.next()).done).toBe(true);
    world.aws.decide = ({ operation }) => (operation === "DescribeImages" ? "fail" : "pass");
    await expect(Array.fromAsync(inventoryOf(world.registry))).rejects.toMatchObject({ code: "unreachable" });
  });
});

describe("the time of the last pull", () => {
  const lastPulled = (image: Pushed, access = { principal: GATE }) => {
    const ask = world.open(access).lastPulledAt as ((key: ImageKey) => Promise<unknown>) | undefined;
    return ask?.(world.key(image));
  };

  test("is not told where it is not known which pulls are the gate's own", async () => {
    expect([world.registry.capabilities.lastPulled, world.registry.lastPulledAt]).toEqual([false, undefined]);
    expect(world.open({ principal: GATE }).capabilities.lastPulled).toBe(true);
  });

  test("leaves out the gate's own, from the first question on", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    expect(await lastPulled(image)).toBe("never");
    await world.registry.manifest(APP, image.digest);
    expect(await lastPulled(image)).toBe("never");
    await world.forward(HOUR);
    await world.served.send("GET", `/v2/${APP}/manifests/1.0`);
    const now = Date.now();
    const at = await lastPulled(image);
    expect(at).toBeGreaterThan(now + HOUR - 60_000);
    expect(at).toBeLessThan(now + HOUR + 60_000);
  });

  test("leaves out what every process of the gate pulls, whatever role that runs as", async () => {
    const ownRoles = ["arn:aws:iam::123456789012:role/one", "arn:aws:iam::123456789012:role/other"];
    const image = await pushImage(world.served, APP, "x", "1.0");
    await world.open({ principal: GATE, ownRoles }).lastPulledAt?.(world.key(image));
    expect([...world.home.state.pullExclusions.keys()].toSorted()).toEqual([...ownRoles, GATE].toSorted());
  });

  test("is known of what is archived too, and of no image that is not there", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    await world.served.send("GET", `/v2/${APP}/manifests/1.0`);
    await world.registry.hold(await world.plan(image));
    expect(await lastPulled(image)).toEqual(expect.any(Number));
    await expect(lastPulled({ ...image, digest: digestOf("none") })).rejects.toMatchObject({ code: "not-found" });
  });

  test("is an error, not never, where the gate's own pulls cannot be left out", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const registry = world.open({ principal: GATE });
    world.aws.decide = ({ operation }) => (operation === "RegisterPullTimeUpdateExclusion" ? "fail" : "pass");
    await expect(registry.lastPulledAt?.(world.key(image))).rejects.toMatchObject({ code: "unreachable" });
    world.aws.decide = () => "pass";
    expect(await registry.lastPulledAt?.(world.key(image))).toBe("never");
  });
});

test("a registry whose account and region nobody says is refused", () => {
  const settings = { plainHttp: false, quarantine: "quarantine" };
  expect(() => openEcrRegistry({ ...settings, host: parseRegistryHost("registry.example") })).toThrow(ParseError);
  const open = openEcrRegistry({ ...settings, host: parseRegistryHost("123456789012.dkr.ecr.eu-central-1.amazonaws.com") });
  expect(open.capabilities).toMatchObject({
    hold: { mechanism: "native-block", strength: "blocked" },
    deleteManifest: "digest",
    referrers: "api",
  });
});
