import { afterEach, beforeEach, expect, test } from "vitest";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import type { UndoScope } from "../../../shared/domain/undo.ts";
import { type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { undone } from "../../fakes/undoing.ts";
import { headIn, policy, signedIn, unsignedIn, verbsOf } from "../retag/tagged.ts";

const ANN = { name: "ann", reason: "the rule was a mistake" };
const POLICY = policy("rollBack: [stable]");

let gate: SmallGate;
let good: ImageKey;
let bad: ImageKey;

/** Of one image a policy has rolled a tag back and then held it. */
beforeEach(async () => {
  gate = await startSmallGate(POLICY.replace("mode: enforce", "mode: dry-run"));
  good = await signedIn(gate, "good", ["1.0", "stable"]);
  bad = await unsignedIn(gate, "bad", ["1.1", "stable"]);
  await gate.changePolicy(POLICY);
  await gate.drain();
});
afterEach(() => gate.stop());

function scope(): UndoScope {
  return { kind: "policy", policy: gate.gate.deps.policy().policy.id.version };
}

test("a hold and the roll-back before it are taken back together: each tag is put back once", async () => {
  expect([await headIn(gate, "stable"), await headIn(gate, "1.1")]).toEqual([good.digest, undefined]);
  const { steps } = await undone(gate, scope(), ANN);
  expect(steps.map(({ verb, result }) => [verb, result?.kind])).toEqual([
    ["release", "done"],
    ["retag", "done"],
  ]);
  expect(await verbsOf(gate, bad)).toEqual(["roll-back", "hold", "release", "restore"]);
  for (const tag of ["stable", "1.1"]) expect(await headIn(gate, tag)).toBe(bad.digest);
});

test("and taken away again by an undo of that; a release gives all of it back", async () => {
  const { id: run } = await undone(gate, scope(), ANN);
  const { steps } = await undone(gate, { kind: "run", run }, ANN);
  expect(steps.map(({ result }) => result?.kind)).toEqual(["done", "done"]);
  expect([await headIn(gate, "stable"), await headIn(gate, "1.1")]).toEqual([good.digest, undefined]);
  await gate.gate.operator.release({ image: bad, actor: ANN });
  await gate.drain();
  for (const tag of ["stable", "1.1"]) expect(await headIn(gate, tag)).toBe(bad.digest);
});
