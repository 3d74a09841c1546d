import { afterEach, describe, expect, test } from "vitest";
import type { Gate } from "../../../shared/compose/gate.ts";
import { askingRuns } from "../../../shared/compose/guarded-acts.ts";
import { startWorld, type World } from "../../scenario/deletion/world.ts";

/** `fourEyes: [delete]`, and what it means for a run of deletions. */

const ANN = { name: "ann", reason: "meant so" };
const BEN = { name: "ben", reason: "seen" };
let gate: World;
afterEach(() => gate.stop());

async function forTwo(): Promise<Gate["operator"]> {
  gate = await startWorld(undefined, "off", { fourEyes: ["delete"] });
  return gate.gate.operator;
}

describe("where a deletion takes two people", () => {
  test("every such run stops before its first act, also without a brake; one proposal names them all, and another person lets it go on", async () => {
    const operator = await forTwo();
    const keys = [await gate.held("api"), await gate.held("web")];
    await gate.after(31);
    const kept = async () => Promise.all(keys.map((key) => gate.kept(key)));
    expect(await kept()).toEqual([true, true]);
    const [run] = await operator.runs("stopped");
    expect(run).toMatchObject({ cause: "deletion", held: 0, waiting: 2 });
    for (const key of keys) expect((await gate.record(key)).deletion).toMatchObject({ waitsIn: run?.id });
    const asked = await operator.decideRun({ run: run?.id ?? "", decision: "approved", actor: ANN });
    expect(asked).toMatchObject({ kind: "proposed" });
    await gate.drain();
    expect(await kept()).toEqual([true, true]);
    const [proposal] = await operator.proposals("open");
    expect(await operator.confirm(proposal?.id ?? "", ANN)).toMatchObject({ kind: "refused" });
    expect(await operator.confirm(proposal?.id ?? "", BEN)).toMatchObject({ kind: "decided" });
    await gate.drain();
    expect(await kept()).toEqual([false, false]);
  });

  test("what comes after an answer asks anew, and what was rejected stays", async () => {
    const operator = await forTwo();
    const first = await gate.held("api");
    await gate.after(31);
    const [run] = await operator.runs("stopped");
    await operator.decideRun({ run: run?.id ?? "", decision: "rejected", actor: ANN });
    const second = await gate.held("web");
    await gate.after(31);
    expect([await gate.kept(first), await gate.kept(second)]).toEqual([true, true]);
    const [other, ...more] = await operator.runs("stopped");
    expect(more).toEqual([]);
    expect(other?.id).not.toBe(run?.id);
    expect(other?.waiting).toBe(1);
  });
});

test("a setting names the runs that ask, and those alone", () => {
  expect(askingRuns(["resume", "brake-approve"])).toEqual([]);
  expect(askingRuns(["delete", "emergency"])).toEqual(["deletion", "emergency"]);
});
