import { afterEach, describe, expect, test } from "vitest";
import { eventWords } from "../../../functions/cli/journal-words.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import type { UndoScope } from "../../../shared/domain/undo.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { planned, undone } from "../../fakes/undoing.ts";
import { limitsOf } from "../../fixtures/brake.ts";
import { present } from "../../fixtures/present.ts";
import { DELETING, startWorld, type World } from "./world.ts";

/** What people may still ask for once an image was deleted for ever, and what they are told. */

const BY = { name: "ann", reason: "asked" };
let gate: World;
afterEach(() => gate.stop());

async function deleted(): Promise<ImageKey> {
  gate = await startWorld();
  const key = await gate.held("api");
  await gate.after(31);
  expect(await gate.kept(key)).toBe(false);
  return key;
}

describe("undo", () => {
  test("of a run, a policy version or a time takes back what can be, and says of each deleted image that nothing brings it back", async () => {
    await deleted();
    const other = await gate.push("shop/web", "1.0", imageNamed("web"));
    await gate.drain();
    const acts = await gate.acts();
    const [hold, deletion] = [present(acts[0]?.action), present(acts[1]?.action)];
    const [policy, run] = [present(hold.cause.policy), present(deletion.cause.run)];
    const scopes: readonly UndoScope[] = [
      { kind: "policy", policy },
      { kind: "since", since: hold.plannedAt },
    ];
    for (const scope of scopes) {
      const { steps, left } = await planned(gate, scope, BY);
      expect(steps).toMatchObject([{ verb: "release", image: other }]);
      expect(Object.fromEntries(left.map(({ action, code }) => [action, code]))).toEqual({
        [deletion.id]: "deleted",
        [hold.id]: "deleted",
      });
      for (const { why } of left) expect(why).toContain(deletion.id);
    }
    expect(await planned(gate, { kind: "run", run }, BY)).toMatchObject({ steps: [], left: [{ code: "deleted" }] });
    await undone(gate, { kind: "policy", policy }, BY);
    expect((await gate.record(other)).hold.kind).toBe("free");
  });

  test("of a hold that came after the deletion, of the same bytes pushed again, takes that back alone", async () => {
    const key = await deleted();
    await gate.held("api");
    const hold = (await gate.acts()).at(-1)?.action;
    expect(hold?.verb).toBe("hold");
    await undone(gate, { kind: "action", action: hold?.id ?? "" }, BY);
    expect(await gate.record(key)).toMatchObject({ presence: "present", hold: { kind: "free" } });
  });
});

test("neither a release nor a hold by hand finds the image: both are told by which act it was deleted", async () => {
  const key = await deleted();
  const { deleted: end } = await gate.record(key);
  for (const verb of ["release", "hold"] as const) {
    const answer = await gate.gate.operator[verb]({ image: key, actor: BY });
    expect(answer.kind).toBe("not-found");
    expect("why" in answer ? answer.why : "").toContain(end?.actionId);
  }
});

test("the journal in words names a deletion as what cannot be undone, and what is kept with its reason", async () => {
  gate = await startWorld();
  const key = await gate.held("api");
  await gate.after(31, [key]);
  await gate.after(1);
  const lines = (await gate.store.ledger.journal(0, 100)).map(({ event }) => eventWords({ ...event }));
  expect(lines.find((line) => line.includes("kept"))).toContain("east runs it");
  const last = lines.find((line) => line.startsWith("= deleted for ever"));
  expect(last).toContain("cannot be undone");
  expect(last).not.toContain("moorgate undo");
});

describe("the brake", () => {
  test("counts deletions of an hour over all runs, however many a run may delete", async () => {
    gate = await startWorld(DELETING, limitsOf({ images: 50, perHour: 2 }));
    const keys = [await gate.held("api"), await gate.held("web"), await gate.held("job")];
    await gate.after(31);
    expect((await Promise.all(keys.map((key) => gate.kept(key)))).filter(Boolean)).toHaveLength(1);
    const [run] = await gate.gate.operator.runs("stopped");
    expect(run).toMatchObject({ cause: "deletion", waiting: 1 });
    expect(await gate.told("braked")).toMatchObject([{ state: "stopped", run: run?.id }]);
  });

  test("keeps what a person rejected, and asks again for it only when something has it judged anew", async () => {
    gate = await startWorld(DELETING, limitsOf({ images: 1 }));
    const keys = [await gate.held("api"), await gate.held("web")];
    await gate.after(31);
    const [run] = await gate.gate.operator.runs("stopped");
    await gate.gate.operator.decideRun({ run: run?.id ?? "", decision: "rejected", actor: BY });
    await gate.drain();
    await gate.after(0.01);
    expect((await Promise.all(keys.map((key) => gate.kept(key)))).filter(Boolean)).toHaveLength(1);
    expect(await gate.gate.operator.runs("stopped")).toEqual([]);
  });
});
