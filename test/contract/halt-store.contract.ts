import { expect, test } from "vitest";
import { at, NOW } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const ANN = { name: "ann", reason: "INC-12" };

/** The rules of `HaltStore` in `ports/halt-store.ts`; every store keeps them. */
export function haltStoreContract(withStore: WithStore): void {
  test("a gate goes until it is halted, and stays halted until it is resumed", () =>
    withStore(async ({ halts }) => {
      expect(await halts.now()).toEqual({ kind: "going" });
      expect(await halts.halt(ANN, NOW)).toBe(true);
      expect(await halts.now()).toEqual({ kind: "halted", since: NOW, by: ANN });
      expect(await halts.resume()).toBe(true);
      expect(await halts.now()).toEqual({ kind: "going" });
    }));

  test("who halted it first stays the one who did, and a gate that goes is not resumed", () =>
    withStore(async ({ halts }) => {
      expect(await halts.resume()).toBe(false);
      await halts.halt(ANN, NOW);
      expect(await halts.halt({ name: "ben", reason: "too" }, at(1))).toBe(false);
      expect(await halts.now()).toMatchObject({ since: NOW, by: ANN });
    }));
}
