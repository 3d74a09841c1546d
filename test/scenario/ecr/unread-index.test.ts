import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pushImage, pushIndex } from "../../fakes/pusher.ts";
import { type EcrGate, startEcrGate } from "./world.ts";

const APP = "shop/api";
const TAGS = 60;
/** Nothing is held, for a hold asks for each tag. */
const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
rules:
  - { id: no-critical, rule: severity-threshold, atLeast: critical, level: warn }
`;

let world: EcrGate;
beforeEach(async () => {
  world = await startEcrGate((name, value) => void vi.stubEnv(name, value), POLICY);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await world.stop();
});

test("an index whose event was lost is found for its platform in one call, and not by asking for each tag of the repository", async () => {
  for (let tag = 0; tag < TAGS; tag += 1) await pushImage(world.served, APP, "x", `1.${tag}`);
  const other = await pushIndex(world.served, APP, [await pushImage(world.served, APP, "other")], "other");
  world.lose();
  const child = await pushImage(world.served, APP, "child");
  await world.settle();
  const index = await pushIndex(world.served, APP, [child], "2.0");
  world.lose();
  await world.pass(10_000);
  const before = world.aws.calls.length;
  await world.settle();
  expect((await world.record(world.key(APP, index))).tags).toEqual(["2.0"]);
  expect(world.aws.calls.length - before).toBeLessThan(TAGS);
  await expect(world.record(world.key(APP, child))).rejects.toThrow("no record");
  await expect(world.record(world.key(APP, other))).rejects.toThrow("no record");
});
