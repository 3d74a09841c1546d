import { afterEach, describe, expect, test } from "vitest";
import { signImage } from "../../../functions/local/samples/sign.ts";
import { imageNamed, pull, SIGNED_POLICY } from "../../fakes/small-gate.ts";
import { limitsOf } from "../../fixtures/brake.ts";
import { DAY, DELETING, startWorld, type World } from "./world.ts";

/** What the policy held, still violates and runs nowhere is deleted for ever when its time has come, and nothing else is. */

const BY = { name: "ann", reason: "asked" };
let gate: World;
afterEach(() => gate.stop());

describe("an image that the policy held", () => {
  test("is deleted for ever after the time that the policy names, and not before; the record and the journal say so", async () => {
    gate = await startWorld();
    const key = await gate.held("api");
    const { hold, deletion, verdict } = await gate.record(key);
    if (hold.kind !== "held") throw new Error("not held");
    expect(deletion).toEqual({ at: hold.since + 30 * DAY });
    expect(verdict?.recheckAt).toBe(hold.since + 30 * DAY);
    await gate.after(29);
    expect(await gate.kept(key)).toBe(true);
    await gate.after(1.1);
    expect(await gate.kept(key)).toBe(false);
    const acted = await gate.acts();
    expect(acted.map(({ action, outcome }) => [action.verb, outcome.kind])).toEqual([
      ["hold", "applied"],
      ["delete", "applied"],
    ]);
    const after = await gate.record(key);
    expect(after).toMatchObject({ presence: "gone", hold: { kind: "free" }, tags: [], deleted: { actionId: acted[1]?.action.id } });
    expect(after).not.toHaveProperty("deletion");
    expect(acted[1]?.tags).toEqual(["1.0"]);
  });

  test("is never deleted where the policy does not say so", async () => {
    gate = await startWorld(SIGNED_POLICY);
    const key = await gate.held("api");
    await gate.after(365);
    expect(await gate.kept(key)).toBe(true);
    expect(await gate.record(key)).not.toHaveProperty("deletion");
  });

  test("stays while something runs it or nobody says that nothing does, and goes when that is over", async () => {
    gate = await startWorld();
    const key = await gate.held("api");
    await gate.after(31, [key]);
    expect(await gate.record(key)).toMatchObject({ hold: { kind: "held" }, deletion: { kept: { by: "running", why: "east runs it" } } });
    await gate.after(2, "nobody says");
    expect(await gate.kept(key)).toBe(true);
    await gate.after(1);
    expect(await gate.kept(key)).toBe(false);
  });

  test("stays where a person holds it by hand, the brake protects it, or it is a dry run", async () => {
    gate = await startWorld(DELETING, limitsOf({ protected: [{ repository: "shop/base" }] }));
    const [byHand, guarded] = [await gate.held("api"), await gate.held("base")];
    await gate.gate.operator.hold({ image: byHand, actor: BY });
    await gate.after(31);
    expect([await gate.kept(byHand), await gate.kept(guarded)]).toEqual([true, true]);
    await gate.changePolicy(DELETING.replace("mode: enforce", "mode: dry-run"));
    await gate.after(1);
    expect([await gate.kept(byHand), await gate.kept(guarded)]).toEqual([true, true]);
    expect((await gate.acts()).filter(({ action }) => action.verb === "delete")).toEqual([]);
  });

  test("is released instead, where it complies by then", async () => {
    gate = await startWorld();
    const image = imageNamed("api");
    await gate.push("shop/api", "1.0", image);
    await gate.drain();
    gate.loseEvents(true);
    await gate.attach("shop/api", signImage(gate.key, image.manifest, "2026-01-01T00:00:00Z"));
    gate.loseEvents(false);
    await gate.after(31);
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
  });

  test("stays while the gate is stopped, and goes when it may act again", async () => {
    gate = await startWorld();
    const key = await gate.held("api");
    await gate.gate.operator.stop(BY);
    await gate.after(31);
    expect(await gate.kept(key)).toBe(true);
    await gate.gate.operator.resume(BY);
    await gate.drain();
    expect(await gate.kept(key)).toBe(false);
  });

  test("waits as long again where it was pushed and held again", async () => {
    gate = await startWorld();
    const key = await gate.held("api");
    await gate.after(20);
    await gate.held("api");
    const { hold, deletion } = await gate.record(key);
    expect(deletion?.at).toBe(hold.kind === "held" ? hold.since + 30 * DAY : "held");
    await gate.after(15);
    expect(await gate.kept(key)).toBe(true);
  });

  test("is a new image when the same bytes are pushed again: seen for the first time then, and held for itself", async () => {
    gate = await startWorld();
    const key = await gate.held("api");
    await gate.after(31);
    const now = gate.gate.deps.clock.now();
    await gate.held("api");
    const record = await gate.record(key);
    expect(record).toMatchObject({ presence: "present", hold: { kind: "held" }, tags: ["1.0"] });
    expect(record.firstSeenAt).toBeGreaterThanOrEqual(now);
    expect(record).not.toHaveProperty("deleted");
    expect(await gate.kept(key)).toBe(true);
  });

  test("cannot be had back by undo, which says so for its hold as for its deletion", async () => {
    gate = await startWorld();
    const key = await gate.held("api");
    await gate.after(31);
    const acted = await gate.acts();
    for (const { action } of acted) {
      const answer = await gate.gate.operator.undo({ scope: { kind: "action", action: action.id }, actor: BY });
      expect(answer).toMatchObject({ kind: "plan", steps: [], left: [{ action: action.id, code: "deleted" }] });
    }
    expect(await gate.kept(key)).toBe(false);
  });
});

describe("what needs to be seen first", () => {
  test("more deletions than the brake allows stop and ask; what a person let go on is deleted, and no more", async () => {
    gate = await startWorld(DELETING, limitsOf({ images: 1 }));
    const keys = [await gate.held("api"), await gate.held("web"), await gate.held("job")];
    await gate.after(31);
    const left = await Promise.all(keys.map((key) => gate.kept(key)));
    expect(left.filter(Boolean)).toHaveLength(2);
    const [run] = await gate.gate.operator.runs("stopped");
    expect(run).toMatchObject({ cause: "deletion", held: 1, waiting: 2 });
    await gate.after(1);
    expect((await gate.gate.operator.runs("stopped")).map(({ id }) => id)).toEqual([run?.id]);
    await gate.gate.operator.decideRun({ run: run?.id ?? "", decision: "approved", actor: BY });
    await gate.drain();
    expect(await Promise.all(keys.map((key) => gate.kept(key)))).toEqual([false, false, false]);
  });
});
