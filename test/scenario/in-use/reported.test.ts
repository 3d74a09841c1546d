import { afterEach, expect, test } from "vitest";
import type { BrakeLimits } from "../../../shared/domain/brake.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import type { Unmatched } from "../../../shared/domain/usage.ts";
import type { Reported } from "../../../shared/ports/usage-desk.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { limitsOf } from "../../fixtures/brake.ts";

/** A cluster says what it runs no more: what had a deadline is held with the report, and a report that is a mistake meets the brake. */

const POLICY = SIGNED_POLICY.replace("deadline: 0s, afterwards: hold", "deadline: 7d, afterwards: tell");
const HOUR = parseDuration("1h");
const USAGE = { places: [{ name: "east", maxAge: parseDuration("1d") }], pulledWithin: HOUR, scanners: [] };
const API = { name: "shop/Deployment/api" } as const;

let gate: SmallGate;
afterEach(() => gate.stop());

/** Images that run, were let through, and violate the policy since somebody asks for a signature. */
async function running(count: number, brake: BrakeLimits | "off" = "off"): Promise<readonly ImageKey[]> {
  gate = await startSmallGate(POLICY.replace("grace: 0s", "grace: 0s, level: warn"), brake, { usage: USAGE });
  const images: ImageKey[] = [];
  for (let number = 0; number < count; number++) images.push(await gate.push("shop/api", `${number}.0`, imageNamed(`api ${number}`)));
  await gate.drain();
  await report(images);
  await gate.changePolicy(POLICY);
  await gate.drain();
  return images;
}

async function report(images: readonly ImageKey[], unmatched: readonly Unmatched[] = []): Promise<Reported> {
  return gate.gate.operator.usage.report({
    place: "east",
    seenAt: gate.gate.deps.clock.now(),
    images: images.map(({ digest }) => ({ digest, workloads: [API] })),
    unmatched,
    reporter: "east-cluster",
    nothingRuns: true,
  });
}

const heldAmong = async (images: readonly ImageKey[]): Promise<number> =>
  (await Promise.all(images.map((image) => gate.record(image)))).filter(({ hold }) => hold.kind === "held").length;

test("what the cluster runs no more is held with its report, what it still runs is not", async () => {
  const [first, ...others] = await running(3);
  expect(await heldAmong([first as ImageKey, ...others])).toBe(0);
  expect(await report(others)).toMatchObject({ kind: "stored", ended: 1, queued: 1 });
  await gate.drain();
  expect(await heldAmong([first as ImageKey])).toBe(1);
  expect(await heldAmong(others)).toBe(0);
});

test("not while a workload of that name does not say its digest, nor while somebody has just pulled it", async () => {
  const images = await running(1);
  await report([], [{ workload: API, repository: images[0]?.repository as ImageKey["repository"] }]);
  await gate.drain();
  expect(await heldAmong(images)).toBe(0);
  expect(await pull(gate, "shop/api", "0.0")).toBeDefined();
  await report([]);
  await gate.gate.operator.sweep();
  await gate.drain();
  expect(await heldAmong(images)).toBe(0);
  gate.pass(HOUR + 1);
  await gate.gate.operator.sweep();
  await gate.drain();
  expect(await heldAmong(images)).toBe(1);
});

test("a cluster that says by mistake that it runs nothing meets the brake", async () => {
  const images = await running(5, limitsOf({ images: 2 }));
  expect(await report([])).toMatchObject({ ended: 5, queued: 5 });
  await gate.drain();
  expect(await heldAmong(images)).toBe(2);
  expect(await gate.gate.operator.runs("stopped")).toMatchObject([{ cause: "usage", held: 2, waiting: 3 }]);
  await report(images);
  expect(await heldAmong(images)).toBe(2);
});
