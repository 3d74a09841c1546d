import { afterEach, expect, test } from "vitest";
import { doWork } from "../../../shared/pipeline/do-work.ts";
import { limitsOf } from "../../fixtures/brake.ts";
import { type World, worldOf } from "./world.ts";

/** What a run does is one alert: early enough, once, and again only for another matter. */

const SUMMARY = "gate.run.summary";

let world: World;
afterEach(() => world.gate.stop());

test("a run that needs not ask is one alert when it has come to its end, which names its image where there is one", async () => {
  world = await worldOf(1, 0, limitsOf());
  await world.listed();
  expect(await world.alerts()).toEqual([SUMMARY]);
  expect(await world.told("summary")).toMatchObject([
    {
      isAlert: true,
      isSettled: true,
      counts: { violating: 1, held: 1 },
      images: [expect.stringContaining(world.images[0]?.digest ?? "?")],
    },
  ]);
});

test("without a brake too", async () => {
  world = await worldOf(5, 2, "off");
  await world.listed();
  expect(await world.alerts()).toEqual([SUMMARY]);
  expect(await world.told("summary")).toMatchObject([{ counts: { violating: 5, held: 3, deadline: 2 } }]);
});

test("what a push tells of is an alert of its own, at once", async () => {
  world = await worldOf(1, 0, limitsOf());
  await world.list();
  const [key] = world.images;
  await world.gate.announce({ action: "push", repository: key?.repository ?? "", digest: key?.digest ?? "", tag: "v0" });
  const jobs = await world.gate.gate.deps.queue.claim(2, world.gate.gate.deps.clock.now(), 60_000);
  const push = jobs.find(({ key: name }) => !name.includes("feeds"));
  if (push === undefined) throw new Error("the push was not queued");
  await doWork(world.gate.gate.deps, push, { queuedAt: push.queuedAt, now: world.gate.gate.deps.clock.now() });
  expect(await world.alerts()).toEqual(["registry.verdict.deny", "registry.quarantine.applied"]);
});

test("nobody waits longer than a minute for the alert of a run that goes on, and gets no second one at its end", async () => {
  world = await worldOf(4, 0, limitsOf());
  await world.list();
  const { deps } = world.gate.gate;
  const doNext = async (): Promise<void> => {
    const [next] = await deps.queue.claim(1, deps.clock.now(), 3_600_000);
    if (next === undefined) throw new Error("nothing was queued");
    await doWork(deps, next, { queuedAt: next.queuedAt, now: deps.clock.now() });
    await deps.queue.finish(next, { kind: "done" }, deps.clock.now());
  };
  await doNext();
  world.gate.pass(10_000);
  await world.gate.gate.tellRuns();
  expect(await world.alerts()).toEqual([]);
  world.gate.pass(55_000);
  await world.gate.gate.tellRuns();
  expect(await world.alerts()).toEqual([SUMMARY]);
  // However long it goes on.
  await doNext();
  world.gate.pass(600_000);
  await world.gate.gate.tellRuns();
  expect(await world.told("summary")).toHaveLength(1);
  await world.settle();
  expect(await world.alerts()).toEqual([SUMMARY]);
  expect(await world.told("summary")).toMatchObject([
    { isSettled: false, isAlert: true, counts: { violating: 1, held: 1 } },
    { isSettled: true, isAlert: false, counts: { violating: 3, held: 3 } },
  ]);
});

test("what could not be held is an alert also after the one that asked", async () => {
  let isRefusing = false;
  world = await worldOf(12, 0, limitsOf({ images: 2 }), {
    around: (request, next) =>
      isRefusing && request.method === "DELETE"
        ? Promise.resolve(new Response(JSON.stringify({ errors: [{ code: "DENIED" }] }), { status: 403 }))
        : next(request),
  });
  await world.listed();
  isRefusing = true;
  await world.decide("approved");
  expect(await world.alerts()).toEqual(["gate.run.stopped", SUMMARY]);
  expect((await world.told("summary")).at(-1)).toMatchObject({ isAlert: true, counts: { failed: 10 } });
});

test("deadlines that end together are one alert", async () => {
  world = await worldOf(6, 6, limitsOf());
  await world.listed();
  expect(await world.alerts()).toEqual([SUMMARY]);
  world.gate.pass(7 * 24 * 3_600_000);
  await world.settle();
  expect(await world.alerts()).toEqual([SUMMARY, SUMMARY]);
  expect((await world.told("summary")).at(-1)).toMatchObject({ counts: { overdue: 6 } });
});

test("an emergency is one alert: its holds are none", async () => {
  world = await worldOf(6, 0, limitsOf());
  const { emergency } = world.gate.gate.operator;
  const query = { query: "CVE-2026-4242", everywhere: false, inUse: false };
  const { list } = await emergency.list(query);
  const started = await emergency.start({ ...query, list, actor: { name: "ann", reason: "exploited" } });
  expect(started.kind).toBe("started");
  await world.settle();
  await world.gate.gate.endEmergencies();
  expect((await world.told("acted")).length).toBe(6);
  expect(await world.alerts()).toEqual(["gate.emergency.started"]);
});
