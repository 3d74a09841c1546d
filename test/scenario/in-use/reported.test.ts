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

/** Sweeps of other hours, which are runs of their own; the cluster goes on saying that it runs nothing. */
async function sweepEachHour(times: number): Promise<void> {
  for (let hour = 0; hour < times; hour++) {
    gate.pass(HOUR);
    await report([]);
    await gate.gate.operator.sweep();
    await gate.drain();
  }
}

async function stops(): Promise<readonly string[]> {
  const entries = await gate.store.ledger.journal(0, 1_000);
  return entries.flatMap(({ event }) => (event.kind === "braked" && event.state === "stopped" ? [event.cause] : []));
}

test("what waits for a person in one run is asked about once, however many sweeps pass by", async () => {
  const images = await running(1, limitsOf({ lastTag: true }));
  await report([]);
  await gate.drain();
  await sweepEachHour(3);
  expect(await stops()).toEqual(["usage"]);
  const [run, ...more] = await gate.gate.operator.runs("stopped");
  expect(more).toEqual([]);
  expect(await gate.record(images[0] as ImageKey)).toMatchObject({ isBraked: true, run: run?.id });
  await gate.gate.operator.decideRun({ run: run?.id ?? "none", decision: "approved", actor: { name: "ann", reason: "it may go" } });
  await gate.drain();
  expect(await heldAmong(images)).toBe(1);
});

test("what a person left free stays so at the next sweeps", async () => {
  const images = await running(1, limitsOf({ lastTag: true }));
  await report([]);
  await gate.drain();
  const [run] = await gate.gate.operator.runs("stopped");
  await gate.gate.operator.decideRun({ run: run?.id ?? "none", decision: "rejected", actor: { name: "ann", reason: "it is needed" } });
  await sweepEachHour(2);
  expect(await stops()).toEqual(["usage"]);
  expect(await heldAmong(images)).toBe(0);
});

/** An image that nobody has told of: it may run, and has a deadline. */
async function perhapsRunning(): Promise<ImageKey> {
  gate = await startSmallGate(POLICY.replace("afterwards: tell", "afterwards: tell, newFor: 0s"), limitsOf({ lastTag: true }), {
    usage: USAGE,
  });
  const image = await gate.push("shop/api", "1.0", imageNamed("api"));
  await gate.drain();
  expect((await gate.record(image)).deadline).toBeDefined();
  return image;
}

test("where a sweep finds that nothing runs it, it is asked about once, too", async () => {
  await perhapsRunning();
  await sweepEachHour(3);
  expect(await stops()).toEqual(["sweep"]);
});

test("an emergency that was stopped at it says nothing of its verdict, so that it is asked about for that", async () => {
  const { digest } = await perhapsRunning();
  await gate.gate.operator.postReport(digest, undefined, SBOM);
  await gate.drain();
  const { emergency } = gate.gate.operator;
  const asked = { query: "log4j-core", everywhere: false, inUse: true };
  const { list } = await emergency.list(asked);
  expect(await emergency.start({ ...asked, list, actor: { name: "ann", reason: "log4shell" } })).toMatchObject({ kind: "started" });
  await gate.drain();
  expect(await stops()).toEqual(["emergency"]);
  await sweepEachHour(3);
  expect(await stops()).toEqual(["emergency", "sweep"]);
});

const SBOM = Buffer.from(
  JSON.stringify({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    metadata: { timestamp: "2026-01-01T00:00:00Z", tools: { components: [{ type: "application", name: "trivy", version: "1" }] } },
    components: [{ type: "library", name: "log4j-core", version: "2.14.1", purl: "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1" }],
  }),
);
