import { afterEach, expect, test } from "vitest";
import { limitsOf } from "../../fixtures/brake.ts";
import { QUERY, type World, worldOf } from "./world.ts";

/** An emergency is a run: the brake counts its holds, and a person answers for the rest. */

const OLD = ["log4j-core 2.14.1"];
const TWELVE = Object.fromEntries(Array.from({ length: 12 }, (_, number) => [`image-${number}`, OLD]));
const FIVE = limitsOf({ images: 5 });
const ANN = { name: "ann", reason: "go on" };

let world: World;
afterEach(() => world.gate.stop());

const kinds = (progress: readonly { readonly kind: string }[]) =>
  Object.fromEntries([...Map.groupBy(progress, ({ kind }) => kind)].map(([kind, all]) => [kind, all.length]));
const decide = (run: string, decision: "approved" | "rejected") => world.gate.gate.operator.decideRun({ run, decision, actor: ANN });
const overrides = async () =>
  (await Promise.all([...world.images.values()].map((key) => world.gate.record(key)))).filter(({ override }) => override !== undefined);

async function stopped(): Promise<string> {
  world = await worldOf(TWELVE, [], FIVE);
  expect((await world.list()).stopsAfter).toBe(5);
  const { run } = await world.start();
  const report = await world.settle(run);
  expect(kinds(report.progress)).toEqual({ held: 5, waiting: 7 });
  expect(report).toMatchObject({ state: "stopped" });
  expect(report.endedAt).toBeUndefined();
  return run;
}

test("it stops after as many holds as a run may do, tells it once, and leaves no wish behind on those that wait", async () => {
  const run = await stopped();
  expect(await world.told("braked")).toMatchObject([{ run, cause: "emergency", state: "stopped" }]);
  expect(await overrides()).toHaveLength(5);
  // Neither time nor a sweep nor a change of policy gets past it, nor ends it.
  await world.gate.gate.operator.sweep();
  world.gate.pass(3_600_000);
  await world.gate.changePolicy("apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: other }\nmode: enforce\nrules: []\n");
  expect(kinds((await world.settle(run)).progress)).toEqual({ held: 5, waiting: 7 });
  expect(await world.gate.store.runs.find(run)).toMatchObject({ state: "stopped", waiting: 7 });
});

test("one that was cut off before its work was queued is done when the same list is started again, and is told once", async () => {
  world = await worldOf({ a: OLD, b: OLD }, []);
  const { run } = await world.start();
  const { queue } = world.gate.store;
  const now = world.gate.gate.deps.clock.now();
  for (const job of await queue.claim(100, now, 60_000)) await queue.finish(job, { kind: "done" }, now);
  expect(kinds((await world.settle(run)).progress)).toEqual({ "under-way": 2 });
  expect((await world.start()).run).toBe(run);
  expect(kinds((await world.settle(run)).progress)).toEqual({ held: 2 });
  expect(await world.told("emergency")).toMatchObject([{ state: "started" }, { state: "ended" }]);
});

test("it goes on when a person approves, by the hand of whoever began it, and ends", async () => {
  const run = await stopped();
  expect(await decide(run, "approved")).toMatchObject({ kind: "decided", queued: 7 });
  const report = await world.settle(run);
  expect(kinds(report.progress)).toEqual({ held: 12 });
  expect(report.endedAt).toBeDefined();
  for (const act of await world.told("acted")) expect(act).toMatchObject({ action: { actor: { reason: "log4shell" }, cause: { run } } });
  expect(await world.told("emergency")).toMatchObject([{ state: "started" }, { state: "ended", counts: { toHold: 12, held: 12 } }]);
});

test("it ends when a person rejects; what was held stays held, and the rest is free for good", async () => {
  const run = await stopped();
  expect(await decide(run, "rejected")).toMatchObject({ kind: "decided", queued: 0 });
  const report = await world.settle(run);
  expect(kinds(report.progress)).toEqual({ held: 5, left: 7 });
  expect(report.endedAt).toBeDefined();
  await world.gate.gate.operator.sweep();
  await world.gate.drain();
  expect(kinds((await world.settle(run)).progress)).toEqual({ held: 5, left: 7 });
  expect(await world.told("emergency")).toMatchObject([{ state: "started" }, { state: "ended", counts: { held: 5, left: 7 } }]);
});

test("its undo puts back all that it held, and the same list may be held again as another run", async () => {
  world = await worldOf({ a: OLD, b: OLD }, []);
  const { run } = await world.start();
  await world.settle(run);
  const request = { scope: { kind: "run", run } as const, actor: ANN };
  const plan = await world.gate.gate.operator.undo(request);
  if (plan.kind !== "plan") throw new Error(plan.kind);
  expect(plan.steps).toHaveLength(2);
  await world.gate.gate.operator.undo({ ...request, plan: plan.hash });
  expect(kinds((await world.settle(run)).progress)).toEqual({ left: 2 });
  const again = await world.start();
  expect(again.run).not.toBe(run);
  expect(kinds((await world.settle(again.run)).progress)).toEqual({ held: 2 });
});

test("what comes into use before its turn is not held, and what somebody released meanwhile stays so", async () => {
  world = await worldOf({ a: OLD, b: OLD, c: OLD }, []);
  const shown = await world.list();
  const { run } = await world.start();
  expect(shown.images).toHaveLength(3);
  await world.runs("a");
  const report = await world.settle(run);
  expect(report.progress.find(({ key }) => key.digest === world.key("a").digest)).toMatchObject({ kind: "left" });
  expect(kinds(report.progress)).toEqual({ held: 2, left: 1 });
  await world.gate.gate.operator.release({ image: world.key("b"), actor: ANN });
  expect(kinds((await world.settle(run)).progress)).toEqual({ held: 1, left: 2 });
  expect((await world.list(QUERY, { inUse: true })).images.map(({ disposition }) => disposition).sort()).toEqual(["held", "hold", "hold"]);
});

test("what a registry refuses is told as failed with its reason, and the rest is held", async () => {
  let isRefusing = false;
  world = await worldOf({ a: OLD, b: OLD, c: OLD }, [], "off", {
    around: (request, next) =>
      isRefusing && request.method === "DELETE" && request.url.includes("shop/web")
        ? Promise.resolve(new Response(JSON.stringify({ errors: [{ code: "DENIED" }] }), { status: 403 }))
        : next(request),
  });
  const { run } = await world.start();
  isRefusing = true;
  const report = await world.settle(run);
  expect(kinds(report.progress)).toEqual({ failed: 1, held: 2 });
  expect(report.progress.find(({ kind }) => kind === "failed")?.why).toMatch(/\S/);
  expect(await world.told("emergency")).toMatchObject([{}, { state: "ended", counts: { held: 2, failed: 1 } }]);
});
