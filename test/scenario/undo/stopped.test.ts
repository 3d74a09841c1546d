import { afterEach, beforeEach, expect, test } from "vitest";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import type { UndoScope } from "../../../shared/domain/undo.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { planned, undone } from "../../fakes/undoing.ts";
import { present } from "../../fixtures/present.ts";

/** More than are done before the answer comes. */
const MANY = 12;
const ANN = { name: "ann", reason: "the rule was a mistake" };
const LIMITS = {
  images: 3,
  perHour: 100,
  ofRepository: 100,
  lastTag: false,
  lastCompliant: false,
  pulledWithin: "off",
  protected: [],
} as const;

let gate: SmallGate;
let keys: readonly ImageKey[];
let policy: UndoScope & { readonly kind: "policy" };

beforeEach(async () => {
  gate = await startSmallGate(SIGNED_POLICY.replace("mode: enforce", "mode: dry-run"), LIMITS);
  keys = await Promise.all(
    Array.from({ length: MANY }, (_, number) => gate.push("shop/api", `1.${number}`, imageNamed(`image ${number}`))),
  );
  await gate.drain();
  await gate.changePolicy(SIGNED_POLICY);
  await gate.drain();
  policy = { kind: "policy", policy: gate.gate.deps.policy().policy.id.version };
});
afterEach(() => gate.stop());

async function stopped(): Promise<string> {
  const [run] = await gate.gate.operator.runs("stopped");
  return present(run).id;
}

async function approved(): Promise<void> {
  await gate.gate.operator.decideRun({ run: await stopped(), decision: "approved", actor: ANN });
  await gate.drain();
}

async function served(): Promise<number> {
  const pulled = await Promise.all(keys.map(({ repository, digest }) => pull(gate, repository, digest)));
  return pulled.filter((bytes) => bytes !== undefined).length;
}

test("the plan for a policy says that a run of it still waits to hold more", async () => {
  const { steps, remarks } = await planned(gate, policy, ANN);
  expect(steps).toHaveLength(LIMITS.images);
  expect(remarks).toContainEqual(expect.stringContaining(`${MANY - LIMITS.images} more wait in ${await stopped()}`));
});

test("what an undo gives back is given back while the gate is stopped", async () => {
  await approved();
  await gate.gate.operator.stop(ANN);
  await undone(gate, policy, ANN);
  expect(await served()).toBe(MANY);
});

test("what would hold images again is refused while the gate is stopped, and its plan says so and how many it holds", async () => {
  await approved();
  const { id: run } = await undone(gate, policy, ANN);
  expect((await planned(gate, { kind: "run", run }, ANN)).remarks).toEqual([expect.stringContaining(`${MANY} images`)]);
  await gate.gate.operator.stop(ANN);
  const { hash, remarks } = await planned(gate, { kind: "run", run }, ANN);
  expect(remarks).toHaveLength(2);
  expect(await gate.gate.operator.undo({ scope: { kind: "run", run }, actor: ANN, plan: hash })).toMatchObject({ kind: "refused" });
  expect(await gate.store.undos.open()).toEqual([]);
  expect(await served()).toBe(MANY);
});

test("an undo that was begun holds nothing while the gate is stopped, and goes on with the gate", async () => {
  await approved();
  const { id: run } = await undone(gate, policy, ANN);
  const scope = { kind: "run", run } as const;
  const begun = await gate.gate.operator.undo({ scope, actor: ANN, plan: (await planned(gate, scope, ANN)).hash });
  if (begun.kind !== "begun") throw new Error(begun.kind);
  await gate.gate.operator.stop(ANN);
  await gate.drain();
  await gate.gate.operator.sweep();
  await gate.drain();
  expect(await served()).toBe(MANY);
  await gate.gate.operator.resume(ANN);
  await gate.drain();
  expect(await served()).toBe(0);
  expect(present(await gate.gate.operator.findUndo(begun.undo.id)).steps.every(({ result }) => result?.kind === "done")).toBe(true);
});
