import { afterEach, expect, test } from "vitest";
import { type ImageKey, parseRepository } from "../../../shared/domain/image-ref.ts";
import { admit } from "../../../shared/pipeline/admit.ts";
import type { GateDeps } from "../../../shared/pipeline/deps.ts";
import { afterIntent } from "../../fakes/between.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { DAY, startWorld, type World } from "./world.ts";

/** A platform that two held indexes share: it stays as long as one of them is kept, and goes with the last. */

const PLACE = "shop/api";
const AWAY = parseRepository(`quarantine/${PLACE}`);
let gate: World;
afterEach(() => gate.stop());

async function pushIndex(tag: string): Promise<ImageKey> {
  for (const name of [tag, "shared"]) await gate.push(PLACE, undefined, imageNamed(name));
  return gate.pushIndex(PLACE, tag, [tag, "shared"]);
}

const isKept = async (name: string): Promise<boolean> => {
  const { registry } = gate.gate.deps.registries.values().next().value ?? {};
  return (await registry?.resolve(AWAY, imageNamed(name).manifest.digest)) !== undefined;
};
const deleted = async () => (await gate.acts()).filter(({ action }) => action.verb === "delete");

async function judge(key: ImageKey, deps: GateDeps = gate.gate.deps): Promise<void> {
  const now = deps.clock.now();
  await admit(deps, { ...key, origin: "event" }, { queuedAt: now, now });
}

test("of two that are deleted at the same time the later takes it along, although each was planned while the other lay there", async () => {
  gate = await startWorld();
  const first = await pushIndex("1.0");
  await gate.drain();
  const second = await pushIndex("2.0");
  await gate.drain();
  gate.pass(31 * DAY);
  await gate.report([]);
  let isMet = false;
  const meanwhile = async (): Promise<void> => {
    if (isMet) return;
    isMet = true;
    await judge(second);
  };
  await judge(first, afterIntent(gate, meanwhile));
  expect((await deleted()).map(({ image, outcome }) => [image.digest, outcome.kind])).toEqual([
    [second.digest, "applied"],
    [first.digest, "superseded"],
  ]);
  expect(await isKept("shared")).toBe(true);
  await gate.drain();
  expect((await deleted()).map(({ outcome }) => outcome.kind)).toEqual(["applied", "superseded", "applied"]);
  expect(await Promise.all(["1.0", "2.0", "shared"].map(isKept))).toEqual([false, false, false]);
  expect(await gate.left(first)).toEqual([]);
});

test("it goes with the one whose own hold left it to the other, where that one is deleted last", async () => {
  gate = await startWorld();
  const [first, second] = [await pushIndex("1.0"), await pushIndex("2.0")];
  await gate.drain();
  await gate.after(31, [first]);
  expect([await gate.kept(first), await gate.kept(second), await isKept("shared")]).toEqual([true, false, true]);
  await gate.after(1);
  expect([await gate.kept(first), await isKept("shared")]).toEqual([false, false]);
  expect(await gate.left(first)).toEqual([]);
});
