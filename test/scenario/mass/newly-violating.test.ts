import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limitsOf } from "../../fixtures/brake.ts";
import { type World, worldOf } from "./world.ts";

/** One line of a feed makes many images violating at once. */

const IMAGES = 45;
const RUNNING = 10;
const LIMIT = 20;
const STOPPED = "gate.run.stopped";

let world: World;

async function open(images: number, running: number): Promise<void> {
  world = await worldOf(images, running, limitsOf({ images: LIMIT }));
  await world.listed();
}

const held = async (): Promise<number> => (await world.records()).filter(({ hold }) => hold.kind === "held").length;
const pulled = async (): Promise<number> => (await world.served(world.images)).filter((isServed) => isServed).length;

describe("many images violate at once", () => {
  beforeAll(() => open(IMAGES, RUNNING), 60_000);
  afterAll(() => world.gate.stop());

  test("the brake stops before the first hold that is too much, and what waits is kept whole", async () => {
    expect(await world.run()).toMatchObject({ cause: "feeds", state: "stopped", held: LIMIT, waiting: IMAGES - RUNNING - LIMIT });
    expect(await held()).toBe(LIMIT);
    expect(await pulled()).toBe(IMAGES - LIMIT);
    // Not even begun: no intent but for those that were let through.
    const { items } = await world.gate.store.ledger.findActions({ run: (await world.run()).id, limit: 500 });
    expect(items).toHaveLength(LIMIT);
    const records = await world.records();
    expect(records.filter(({ pending }) => pending !== undefined)).toEqual([]);
    expect(records.filter(({ isBraked }) => isBraked === true)).toHaveLength(IMAGES - RUNNING - LIMIT);
    expect(records.filter(({ deadline }) => deadline !== undefined)).toHaveLength(RUNNING);
  });

  test("the SOC gets one alert, and one summary; every single verdict is told and none is an alert", async () => {
    expect(await world.alerts()).toEqual([STOPPED]);
    const judged = (await world.told("judged")).filter(({ verdict }) => verdict.kind === "violating");
    expect(new Set(judged.map(({ image }) => image.digest)).size).toBe(IMAGES);
    const summaries = await world.told("summary");
    expect(summaries).toMatchObject([
      { cause: "feeds", isSettled: true, isAlert: false, counts: { violating: IMAGES, held: LIMIT, deadline: RUNNING } },
    ]);
    expect(summaries[0]?.places).toHaveLength(10);
    expect(summaries[0]?.images).toHaveLength(10);
  });

  test("neither time nor a sweep nor a second look gets past it, and nothing is told again", async () => {
    await world.gate.gate.operator.sweep();
    await world.settle();
    world.gate.pass(3_600_000);
    await world.settle();
    expect(await held()).toBe(LIMIT);
    expect(await world.alerts()).toEqual([STOPPED]);
    expect(await world.told("summary")).toHaveLength(1);
  });

  test("approved, it goes on: everything concerned is held or has a deadline, and no alert more is raised", async () => {
    await world.decide("approved");
    const [running, others] = [world.images.slice(0, RUNNING), world.images.slice(RUNNING)];
    expect(new Set(await world.served(others))).toEqual(new Set([false]));
    expect(new Set(await world.served(running))).toEqual(new Set([true]));
    expect(await held()).toBe(IMAGES - RUNNING);
    expect(await world.run()).toMatchObject({ state: "approved", held: IMAGES - RUNNING, waiting: 0 });
    expect(await world.alerts()).toEqual([STOPPED]);
    expect((await world.told("summary")).at(-1)).toMatchObject({ isAlert: false, counts: { held: IMAGES - RUNNING - LIMIT } });
    expect(await world.told("acted")).toHaveLength(IMAGES - RUNNING);
  });
});

describe("somebody rejects it", () => {
  beforeAll(() => open(40, 0));
  afterAll(() => world.gate.stop());

  test("all that waited can be pulled as before, whatever looks at it again", async () => {
    await world.decide("rejected");
    await world.gate.gate.operator.sweep();
    world.gate.pass(3_600_000);
    await world.settle();
    expect(await held()).toBe(LIMIT);
    expect(await pulled()).toBe(40 - LIMIT);
    expect(await world.run()).toMatchObject({ state: "rejected", held: LIMIT });
    expect(await world.alerts()).toEqual([STOPPED]);
  });
});
