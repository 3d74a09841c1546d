import { afterEach, describe, expect, test } from "vitest";
import type { BrakeLimits } from "../../../shared/domain/brake.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import { admit } from "../../../shared/pipeline/admit.ts";
import { readJudgeWork } from "../../../shared/pipeline/work.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { limitsOf } from "../../fixtures/brake.ts";
import { digestOf } from "../../fixtures/records.ts";

const DRY = SIGNED_POLICY.replace("mode: enforce", "mode: dry-run");
const ACTOR = { name: "ann", reason: "because the test says so" };
const FIVE = limitsOf({ images: 5 });
const REPOSITORIES = ["shop/api", "shop/web", "tools/build"];

let gate: SmallGate;
afterEach(() => gate.stop());

/** Images that violate the policy and are judged, while nothing is enforced. */
async function withImages(count: number, brake: Parameters<typeof startSmallGate>[1] = FIVE): Promise<readonly ImageKey[]> {
  gate = await startSmallGate(DRY, brake);
  const keys: ImageKey[] = [];
  for (let number = 0; number < count; number += 1)
    keys.push(await gate.push(REPOSITORIES[number % REPOSITORIES.length] ?? "", `1.${number}`, imageNamed(`image ${number}`)));
  await gate.drain();
  return keys;
}

async function heldOf(keys: readonly ImageKey[]): Promise<number> {
  const records = await Promise.all(keys.map((key) => gate.record(key)));
  return records.filter((record) => record.hold.kind === "held").length;
}

async function told(): Promise<readonly unknown[]> {
  const entries = await gate.store.ledger.journal(0, 1_000);
  return entries.flatMap(({ event }) => (event.kind === "braked" ? [[event.state, event.actor ?? "gate"]] : []));
}

async function stopped(): Promise<string> {
  const [run, ...more] = await gate.gate.operator.runs("stopped");
  expect(more).toEqual([]);
  return run?.id ?? "none";
}

describe("a change of policy that would hold eight images", () => {
  test("holds five, tells once that it stopped, and holds the rest when a person approves", async () => {
    const keys = await withImages(8);
    await gate.changePolicy(SIGNED_POLICY);
    await gate.drain();
    expect(await heldOf(keys)).toBe(5);
    expect(await gate.gate.operator.runs()).toMatchObject([{ cause: "policy", state: "stopped", held: 5, waiting: 3 }]);
    expect(await told()).toEqual([["stopped", "gate"]]);
    const waiting = await Promise.all(keys.map((key) => gate.record(key)));
    expect(waiting.filter((record) => record.isBraked)).toHaveLength(3);
    for (const record of waiting) expect(record.verdict).toMatchObject({ kind: "violating", mode: "enforce" });
    expect(waiting.filter((record) => record.pending !== undefined)).toEqual([]);

    // Neither a sweep nor time gets past it.
    await gate.gate.operator.sweep();
    gate.pass(3_600_000);
    await gate.drain();
    expect(await heldOf(keys)).toBe(5);

    const decided = await gate.gate.operator.decideRun({ run: await stopped(), decision: "approved", actor: ACTOR });
    expect(decided).toMatchObject({ kind: "decided", queued: 3 });
    await gate.drain();
    expect(await heldOf(keys)).toBe(8);
    const run = (await gate.gate.operator.runs())[0]?.id ?? "none";
    const { items } = await gate.store.ledger.findActions({ run, limit: 100 });
    expect(new Set(items.map(({ action }) => action.image.digest)).size).toBe(8);
    const version = (await gate.record(items[0]?.action.image as ImageKey)).verdict?.policy.version;
    expect(new Set(items.map(({ action }) => action.cause.policy))).toEqual(new Set([version]));
    for (const key of keys) expect((await gate.record(key)).isBraked).toBeUndefined();
    expect(await told()).toEqual([
      ["stopped", "gate"],
      ["approved", "ann"],
    ]);
  });

  test("leaves them free when a person rejects, and what a push or a person does counts as always", async () => {
    const keys = await withImages(12);
    await gate.changePolicy(SIGNED_POLICY);
    await gate.drain();
    const run = await stopped();
    expect(await gate.gate.operator.decideRun({ run, decision: "rejected", actor: ACTOR })).toMatchObject({ kind: "decided", queued: 0 });
    await gate.gate.operator.sweep();
    await gate.drain();
    expect(await heldOf(keys)).toBe(5);
    expect(await gate.gate.operator.decideRun({ run, decision: "approved", actor: ACTOR })).toMatchObject({ kind: "refused" });

    const records = await Promise.all(keys.map((key) => gate.record(key)));
    const [pushed = -1, byHand = -1] = records.flatMap(({ hold }, number) => (hold.kind === "free" ? [number] : []));
    await gate.push(records[pushed]?.key.repository ?? "", "again", imageNamed(`image ${pushed}`));
    await gate.drain();
    expect(await heldOf(keys)).toBe(6);
    const image = keys[byHand];
    expect(image === undefined ? "none" : await gate.gate.operator.hold({ image, actor: ACTOR })).toMatchObject({ kind: "done" });
  });

  test("takes the last tag of no repository without asking", async () => {
    const [key] = await withImages(1, limitsOf({ lastTag: true }));
    await gate.changePolicy(SIGNED_POLICY);
    await gate.drain();
    expect(await heldOf(key === undefined ? [] : [key])).toBe(0);
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
    expect(await told()).toEqual([["stopped", "gate"]]);
  });

  test.each<readonly [string, Partial<BrakeLimits>, (key: ImageKey) => Promise<void> | undefined, RegExp]>([
    ["a protected image", { protected: [{ repository: "shop/*", tag: "1.0" }] }, () => undefined, /shop\/\*:1\.0 protects/],
    [
      "an image that was pulled lately",
      { pulledWithin: parseDuration("7d") },
      (key) => gate.store.usage.pulled(key, gate.gate.deps.clock.now()),
      /was pulled at/,
    ],
    [
      "an image of which nobody knows it, where the registry tells since yesterday",
      { pulledWithin: parseDuration("7d") },
      (key) => gate.store.usage.pulled({ ...key, digest: digestOf("another") }, gate.gate.deps.clock.now()),
      /nobody knows whether it was pulled lately/,
    ],
    ["the first image of a repository without one that complies", { lastCompliant: true }, () => undefined, /that complies would be left/],
    ["more than an hour may have", { perHour: 0 }, () => undefined, /within an hour/],
  ])("asks before it holds %s", async (_, fields, before, why) => {
    const [key, ...more] = await withImages(1, limitsOf(fields));
    if (key === undefined) throw new Error("no image");
    await before(key);
    await gate.changePolicy(SIGNED_POLICY);
    await gate.drain();
    expect(await heldOf([key, ...more])).toBe(0);
    expect((await gate.gate.operator.runs("stopped"))[0]?.stop?.why).toMatch(why);
    await gate.gate.operator.decideRun({ run: await stopped(), decision: "approved", actor: ACTOR });
    await gate.drain();
    expect(await heldOf([key])).toBe(1);
  });

  test("holds without asking what nobody pulled for as long as it counts, and what a registry never tells of", async () => {
    const [silent, told] = await withImages(2, limitsOf({ pulledWithin: parseDuration("7d") }));
    if (silent === undefined || told === undefined) throw new Error("no image");
    await gate.changePolicy(SIGNED_POLICY);
    await gate.drain();
    expect(await heldOf([silent, told])).toBe(2);
    await gate.stop();
    const [quiet] = await withImages(1, limitsOf({ pulledWithin: parseDuration("7d") }));
    if (quiet === undefined) throw new Error("no image");
    await gate.store.usage.pulled({ ...quiet, digest: digestOf("another") }, gate.gate.deps.clock.now());
    gate.pass(8 * 86_400_000);
    await gate.changePolicy(SIGNED_POLICY);
    await gate.drain();
    expect(await heldOf([quiet])).toBe(1);
  });

  test("holds them all where the brake is off", async () => {
    const keys = await withImages(6, "off");
    await gate.changePolicy(SIGNED_POLICY);
    await gate.drain();
    expect(await heldOf(keys)).toBe(6);
    expect(await told()).toEqual([]);
  });

  test("asks anew after the policy has changed again; the question before is settled", async () => {
    const keys = await withImages(8);
    await gate.changePolicy(SIGNED_POLICY);
    await gate.drain();
    const first = await stopped();
    await gate.changePolicy(SIGNED_POLICY.replace("id: signed", "id: signed-anew"));
    await gate.drain();
    expect(await gate.gate.operator.decideRun({ run: first, decision: "approved", actor: ACTOR })).toMatchObject({ kind: "refused" });
    expect(await heldOf(keys)).toBe(8);
    expect(await gate.gate.operator.runs("stopped")).toEqual([]);
  });
});

test("pushes are never braked, however many there are", async () => {
  gate = await startSmallGate(SIGNED_POLICY, limitsOf({ images: 0, ofRepository: 0, lastTag: true }));
  const keys: ImageKey[] = [];
  for (let number = 0; number < 6; number += 1) keys.push(await gate.push("shop/api", `1.${number}`, imageNamed(`image ${number}`)));
  await gate.drain();
  expect(await heldOf(keys)).toBe(6);
  expect(await gate.gate.operator.runs()).toEqual([]);
});

test("images that no event announced and that a sweep finds are judged as if they were pushed", async () => {
  gate = await startSmallGate(SIGNED_POLICY, limitsOf({ images: 0, ofRepository: 0, lastTag: true }));
  gate.loseEvents(true);
  const key = await gate.push("shop/api", "1.0", imageNamed("missed"));
  await gate.gate.operator.sweep();
  gate.pass(10_000);
  await gate.drain();
  expect(await heldOf([key])).toBe(1);
});

test("a change of policy that only a sweep finds, as after a crash, is braked by the same run", async () => {
  const keys = await withImages(8);
  gate.writePolicy(SIGNED_POLICY);
  await gate.gate.operator.sweep();
  await gate.drain();
  expect(await heldOf(keys)).toBe(5);
  expect(await gate.gate.operator.runs()).toMatchObject([{ cause: "policy", state: "stopped", held: 5, waiting: 3 }]);
});

test("what is judged again in time belongs to the run that judged it last", async () => {
  gate = await startSmallGate(SIGNED_POLICY.replace("grace: 0s", "grace: 1h"), limitsOf({ images: 1 }));
  const keys: ImageKey[] = [];
  for (let number = 0; number < 4; number += 1) keys.push(await gate.push("shop/api", `1.${number}`, imageNamed(`image ${number}`)));
  await gate.drain();
  await gate.changePolicy(SIGNED_POLICY.replace("grace: 0s", "grace: 2h"));
  await gate.drain();
  expect(await heldOf(keys)).toBe(0);
  gate.pass(3 * 3_600_000);
  await gate.drain();
  expect(await heldOf(keys)).toBe(1);
  expect(await told()).toEqual([["stopped", "gate"]]);
});

test("a step that a crash cuts off after each of its writes is counted and told once", async () => {
  const keys = await withImages(7);
  await gate.changePolicy(SIGNED_POLICY);
  const { deps } = gate.gate;
  for (;;) {
    const [job] = await deps.queue.claim(1, deps.clock.now(), 60_000);
    if (job === undefined) break;
    const work = readJudgeWork(job.payload);
    const attempt = { queuedAt: job.queuedAt, now: deps.clock.now() };
    // The run's count and its event are written, the verdict is not.
    const cut = { ...deps, ledger: { ...deps.ledger, commit: () => Promise.reject(new Error("cut off")) } };
    await expect(admit(cut, work, attempt)).rejects.toThrow("cut off");
    await deps.queue.finish(job, await admit(deps, work, attempt), deps.clock.now());
  }
  expect(await heldOf(keys)).toBe(5);
  expect(await gate.gate.operator.runs()).toMatchObject([{ held: 5, waiting: 2 }]);
  expect(await told()).toEqual([["stopped", "gate"]]);
});
