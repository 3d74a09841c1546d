import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { planned, undone } from "../../fakes/undoing.ts";
import { present } from "../../fixtures/present.ts";

const ACTOR = { name: "ann", reason: "because the test says so" };
const CREATED = "2026-01-01T00:00:00Z";

let gate: SmallGate;
beforeEach(async () => {
  gate = await startSmallGate();
});
afterEach(() => gate.stop());

async function heldImage(name = "unsigned"): Promise<ImageKey> {
  const key = await gate.push("shop/api", "1.0", imageNamed(name));
  await gate.drain();
  return key;
}

async function newest(key: ImageKey): Promise<string> {
  const [stored] = await gate.store.ledger.actions(key);
  return present(stored).action.id;
}

async function undoNewest(key: ImageKey): ReturnType<typeof undone> {
  return undone(gate, { kind: "action", action: await newest(key) }, ACTOR);
}

test("a hold is taken back; the policy does not hold the image again for the same reasons, which the plan says", async () => {
  const key = await heldImage();
  const hold = await newest(key);
  const plan = await planned(gate, { kind: "action", action: hold }, ACTOR);
  expect(plan.steps).toMatchObject([{ image: key, verb: "release", tags: ["1.0"], takesBack: [hold], notes: [] }]);
  expect(plan.left).toEqual([]);
  expect(plan.remarks).toHaveLength(1);
  expect(await pull(gate, "shop/api", "1.0")).toBeUndefined();

  const undo = await undoNewest(key);
  expect(undo).toMatchObject({ id: "undo-1", actor: ACTOR, steps: [{ result: { kind: "done" } }] });
  expect(undo.endedAt).toBeDefined();
  expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
  expect(present((await gate.store.ledger.actions(key))[0]).action).toMatchObject({
    verb: "release",
    actor: ACTOR,
    cause: { run: "undo-1", undoes: [hold] },
  });
  gate.pass(3_600_000);
  await gate.gate.operator.sweep();
  await gate.drain();
  expect((await gate.record(key)).verdict?.kind).toBe("violating");
  expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
});

test("an undo is taken back by its own name, and so is that, and so on", async () => {
  const key = await heldImage();
  await undoNewest(key);
  for (const [run, isServed] of [
    ["undo-1", false],
    ["undo-2", true],
    ["undo-3", false],
  ] as const) {
    expect((await undone(gate, { kind: "run", run }, ACTOR)).steps).toMatchObject([{ result: { kind: "done" } }]);
    expect((await pull(gate, "shop/api", "1.0")) !== undefined).toBe(isServed);
  }
});

test("a release by hand is taken back: the policy holds the image again", async () => {
  const key = await heldImage();
  await gate.gate.operator.release({ image: key, actor: ACTOR });
  await undoNewest(key);
  expect((await gate.record(key)).override).toBeUndefined();
  expect(await pull(gate, "shop/api", "1.0")).toBeUndefined();
});

test("a release that the policy made is taken back: the image is held by hand, whatever its verdict", async () => {
  const image = imageNamed("late");
  const key = await gate.push("shop/api", "1.0", image);
  await gate.drain();
  await gate.attach("shop/api", signImage(gate.key, image.manifest, CREATED));
  await gate.drain();
  expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
  await undoNewest(key);
  expect((await gate.record(key)).override).toMatchObject({ kind: "hold", actor: ACTOR });
  await gate.gate.operator.sweep();
  await gate.drain();
  expect(await pull(gate, "shop/api", "1.0")).toBeUndefined();
});

test("a hold is taken back in a dry run too, also of what complies by now", async () => {
  const image = imageNamed("late");
  const key = await gate.push("shop/api", "1.0", image);
  await gate.drain();
  gate.loseEvents(true);
  await gate.attach("shop/api", signImage(gate.key, image.manifest, CREATED));
  gate.writePolicy(SIGNED_POLICY.replace("mode: enforce", "mode: dry-run"));
  expect((await undoNewest(key)).steps).toMatchObject([{ result: { kind: "done" } }]);
  expect((await gate.record(key)).verdict).toMatchObject({ kind: "compliant", mode: "dry-run" });
  expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
});

describe("is refused, and nothing is changed,", () => {
  test("where the world changed since the plan", async () => {
    const key = await heldImage();
    const scope = { kind: "action", action: await newest(key) } as const;
    const { hash } = await planned(gate, scope, ACTOR);
    await gate.push("shop/api", "again", imageNamed("unsigned"));
    await gate.drain();
    expect(await gate.gate.operator.undo({ scope, actor: ACTOR, plan: hash })).toMatchObject({ kind: "refused" });
    expect((await gate.record(key)).hold.kind).toBe("held");
    expect(await gate.store.undos.open()).toEqual([]);
  });

  test("where a tag was moved since the plan, for that the plan did not say", async () => {
    const key = await heldImage();
    const scope = { kind: "action", action: await newest(key) } as const;
    const { hash } = await planned(gate, scope, ACTOR);
    gate.loseEvents(true);
    await gate.push("shop/api", "1.0", imageNamed("another"));
    expect(await gate.gate.operator.undo({ scope, actor: ACTOR, plan: hash })).toMatchObject({ kind: "refused" });
    const again = await planned(gate, scope, ACTOR);
    expect(again.hash).not.toBe(hash);
    expect(again.steps[0]?.notes).toHaveLength(1);
  });

  test("where there is nothing to take back", async () => {
    const key = await heldImage();
    const hold = await newest(key);
    await gate.gate.operator.release({ image: key, actor: ACTOR });
    const scope = { kind: "action", action: hold } as const;
    const plan = await planned(gate, scope, ACTOR);
    expect(plan).toMatchObject({ steps: [], left: [{ action: hold, code: "taken-back" }] });
    expect(await gate.gate.operator.undo({ scope, actor: ACTOR, plan: plan.hash })).toMatchObject({ kind: "refused" });
  });

  test.each([
    [{ kind: "action", action: "hold:x:1" }],
    [{ kind: "run", run: "policy-9" }],
    [{ kind: "policy", policy: "abcdef" }],
  ] as const)("where nothing has such a name: %o", async (scope) => {
    await heldImage();
    expect(await gate.gate.operator.undo({ scope, actor: ACTOR })).toMatchObject({ kind: "not-found" });
  });
});

test("the same agreement twice, as after an answer that was lost, is one undo", async () => {
  const key = await heldImage();
  const scope = { kind: "action", action: await newest(key) } as const;
  const { hash } = await planned(gate, scope, ACTOR);
  const answers = await Promise.all([1, 2].map(() => gate.gate.operator.undo({ scope, actor: ACTOR, plan: hash })));
  expect(answers.map(({ kind }) => kind)).toEqual(["begun", "begun"]);
  expect((await gate.store.ledger.actions(key)).map(({ action }) => action.verb)).toEqual(["release", "hold"]);
  expect(await gate.gate.operator.undo({ scope, actor: ACTOR, plan: hash })).toMatchObject({ kind: "refused" });
});
