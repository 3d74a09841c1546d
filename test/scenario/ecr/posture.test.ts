import { DeleteLifecyclePolicyCommand, PutLifecyclePolicyCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lifecycle } from "../../unit/providers/aws/lifecycle-words.ts";
import { type EcrGate, startEcrGate } from "./world.ts";

const APP = "shop/api";

let world: EcrGate;
beforeEach(async () => {
  world = await startEcrGate((name, value) => void vi.stubEnv(name, value));
  world.home.create(APP);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await world.stop();
});

async function expireHeld(repositoryName: string): Promise<void> {
  const lifecyclePolicyText = lifecycle({ storage: "archive", by: "sinceImageTransitioned", number: 90, does: "expire" });
  await world.ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
}

async function told(): Promise<readonly unknown[]> {
  const entries = await world.gate.deps.ledger.journal(0, 500);
  return entries.flatMap(({ event }) => (event.kind === "posture" ? [[event.change, event.code, event.count]] : []));
}

test("a lifecycle policy that deletes what is held is told when a look finds it, not again while it stands, and when it is gone", async () => {
  await world.look();
  expect(await told()).toEqual([]);
  await expireHeld(APP);
  await world.look();
  await world.pass(86_400_000);
  await world.look();
  expect(await told()).toEqual([["opened", "lifecycle-expires-held", 1]]);
  world.home.create("shop/web");
  await expireHeld("shop/web");
  await world.look();
  for (const repositoryName of [APP, "shop/web"]) await world.ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
  await world.pass(86_400_000);
  await world.look();
  expect((await told()).slice(1)).toEqual([
    ["changed", "lifecycle-expires-held", 2],
    ["cleared", "lifecycle-expires-held", 0],
  ]);
});

test.each(["before", "after"])(
  "what a look found is told once though it broke off %s it was written into the journal, and though it is mended meanwhile",
  async (when) => {
    await expireHeld(APP);
    const { deps } = world.gate;
    const append: typeof deps.ledger.append = async (events) => {
      if (when === "after") await deps.ledger.append(events);
      throw new Error("the store is full");
    };
    await expect(world.look({ ...deps, ledger: { ...deps.ledger, append } })).rejects.toThrow("the store is full");
    await world.ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName: APP }));
    await world.look();
    await world.look();
    expect(await told()).toEqual([
      ["opened", "lifecycle-expires-held", 1],
      ["cleared", "lifecycle-expires-held", 0],
    ]);
  },
);

test("a registry that does not answer has mended nothing", async () => {
  await expireHeld(APP);
  await world.look();
  world.aws.decide = ({ operation }) => (operation === "GetLifecyclePolicy" ? "deny" : "pass");
  await world.look();
  world.aws.decide = () => "pass";
  await world.look();
  const all = await told();
  expect(all.filter((each) => JSON.stringify(each).includes("lifecycle"))).toEqual([["opened", "lifecycle-expires-held", 1]]);
  expect(all).toContainEqual(["opened", "may-not-ask", expect.any(Number)]);
  expect(all).toContainEqual(["cleared", "may-not-ask", 0]);
});
