import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { planned, undone } from "../../fakes/undoing.ts";
import { present } from "../../fixtures/present.ts";
import { headIn, policy, REPOSITORY, signedIn, unsignedIn, verbsOf } from "../retag/tagged.ts";

const ANN = { name: "ann", reason: "the rule was a mistake" };

/** An image was held, and pushed again with the tag that goes back: the tag went with it, and was rolled back afterwards. */
describe("a roll-back that came after the hold", () => {
  let gate: SmallGate;
  let good: ImageKey;
  let bad: ImageKey;

  beforeEach(async () => {
    gate = await startSmallGate(policy("rollBack: [stable]"));
    good = await signedIn(gate, "good", ["1.0", "stable"]);
    bad = await unsignedIn(gate, "bad", ["1.1"]);
    await gate.push(REPOSITORY, "stable", imageNamed("bad"));
    await gate.drain();
  });
  afterEach(() => gate.stop());

  test("is not taken back without the hold, for the tag would point at nothing and not come back", async () => {
    expect(await verbsOf(gate, bad)).toEqual(["hold", "hold", "roll-back"]);
    const [rolledBack, held] = await gate.store.ledger.actions(bad);
    const { steps, left } = await planned(gate, { kind: "action", action: present(rolledBack).action.id }, ANN);
    expect(steps).toEqual([]);
    expect(left).toMatchObject([{ code: "changed-since", why: expect.stringContaining(present(held).action.id) }]);
    expect(await headIn(gate, "stable")).toBe(good.digest);
    await gate.gate.operator.release({ image: bad, actor: ANN });
    for (const tag of ["stable", "1.1"]) expect(await headIn(gate, tag)).toBe(bad.digest);
  });

  test("is taken back with the hold: the tag points at the image that it had gone with", async () => {
    const scope = { kind: "policy", policy: gate.gate.deps.policy().policy.id.version } as const;
    expect((await planned(gate, scope, ANN)).steps.flatMap(({ notes }) => notes)).toEqual([]);
    const { steps, left } = await undone(gate, scope, ANN);
    expect(left).toEqual([]);
    expect(steps.map(({ verb, result }) => [verb, result?.kind])).toEqual([
      ["release", "done"],
      ["retag", "done"],
    ]);
    for (const tag of ["stable", "1.1"]) expect(await headIn(gate, tag)).toBe(bad.digest);
    expect((await gate.record(bad)).retagged).toBeUndefined();
  });
});
