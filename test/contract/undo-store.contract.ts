import { expect, test } from "vitest";
import type { ImageKey } from "../../shared/domain/image-ref.ts";
import type { UndoStep } from "../../shared/domain/undo.ts";
import type { Store } from "../../shared/ports/store.ts";
import { at, keyOf, NOW } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const BY = { name: "ann", reason: "wrong rule" };
const SCOPE = { kind: "run", run: "policy-3" } as const;

function stepOf(image: ImageKey): UndoStep {
  return { image, tags: [], verb: "release", takesBack: [`hold:${image.digest}:1`], last: `hold:${image.digest}:1`, notes: [] };
}

const STEPS = [keyOf("a"), keyOf("b"), keyOf("c", "shop/web")].map(stepOf);
const LEFT = [{ action: "hold:x:1", image: keyOf("x"), code: "copy-gone", why: "its bytes are gone" }] as const;
const PLACES = [keyOf("a"), keyOf("c", "shop/web")].map(({ registry, repository }) => ({ registry, repository }));

function begin({ undos }: Store, plan = "hash", steps: readonly UndoStep[] = STEPS): Promise<string> {
  return undos.begin({ scope: SCOPE, actor: BY, plan, steps, left: LEFT }, NOW);
}

/** What every store of undos keeps. */
export function undoStoreContract(withStore: WithStore): void {
  test("an undo is read back whole, and one that nobody began is not there", () =>
    withStore(async (store) => {
      const id = await begin(store);
      expect(await store.undos.find(id)).toEqual({ id, scope: SCOPE, actor: BY, plan: "hash", begunAt: NOW, steps: STEPS, left: LEFT });
      expect(await store.undos.find("undo-9")).toBeUndefined();
    }));

  test("the same plan is one undo while it is open, and another afterwards; another plan is another", () =>
    withStore(async (store) => {
      const [first, again] = await Promise.all([begin(store), begin(store)]);
      expect(again).toBe(first);
      expect(await begin(store, "other")).not.toBe(first);
      for (const place of STEPS.keys()) await store.undos.settle(first, place, { kind: "left", at: NOW, why: "" });
      expect(await begin(store)).not.toBe(first);
    }));

  test("steps come in their order, each repository for itself", () =>
    withStore(async (store) => {
      const { undos } = store;
      const id = await begin(store);
      const [api, web] = PLACES;
      if (api === undefined || web === undefined) throw new Error("no places");
      expect(await undos.next(id, api)).toEqual({ place: 0, step: STEPS[0], actor: BY });
      expect(await undos.next(id, web)).toEqual({ place: 2, step: STEPS[2], actor: BY });
      await undos.settle(id, 0, { kind: "failed", at: at(5), code: "forbidden", why: "no" });
      expect(await undos.next(id, api)).toMatchObject({ place: 1 });
      await undos.settle(id, 1, { kind: "done", at: at(6), action: "release:b:2", notes: ["a note"] });
      expect(await undos.next(id, api)).toBeUndefined();
    }));

  test("the first answer to a step stays, and the last step ends the undo", () =>
    withStore(async (store) => {
      const { undos } = store;
      const id = await begin(store);
      await undos.settle(id, 0, { kind: "done", at: at(5), action: "release:a:2", notes: [] });
      await undos.settle(id, 0, { kind: "left", at: at(9), why: "again" });
      expect((await undos.find(id))?.steps[0]).toEqual({
        ...STEPS[0],
        result: { kind: "done", at: at(5), action: "release:a:2", notes: [] },
      });
      await undos.settle(id, 2, { kind: "left", at: at(7), why: "changed" });
      expect(await undos.find(id)).not.toHaveProperty("endedAt");
      expect(await undos.isEnded(id)).toBe(false);
      await undos.settle(id, 1, { kind: "left", at: at(8), why: "changed" });
      expect((await undos.find(id))?.endedAt).toBe(at(8));
      expect(await undos.isEnded(id)).toBe(true);
    }));

  test("those that are open are listed with the repositories in which a step waits", () =>
    withStore(async (store) => {
      const { undos } = store;
      const id = await begin(store);
      expect(await undos.open()).toEqual([{ id, places: expect.arrayContaining(PLACES) }]);
      await undos.settle(id, 2, { kind: "left", at: NOW, why: "" });
      expect(await undos.open()).toEqual([{ id, places: [PLACES[0]] }]);
      for (const place of [0, 1]) await undos.settle(id, place, { kind: "left", at: NOW, why: "" });
      expect(await undos.open()).toEqual([]);
    }));
}
