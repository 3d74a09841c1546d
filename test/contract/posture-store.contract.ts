import { expect, test } from "vitest";
import { posture } from "../../shared/audit/record.ts";
import { parseRegistryHost } from "../../shared/domain/image-ref.ts";
import type { Posture } from "../../shared/ports/posture-store.ts";
import { SCAN_OFF } from "../fixtures/posture.ts";
import { NOW } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const [EAST, WEST] = [parseRegistryHost("east.example"), parseRegistryHost("west.example:5000")];
const TOLD: Posture = { told: [{ code: "scan-off", state: "mend", fact: "is not scanned", seen: "a".repeat(64), beside: "" }], untold: [] };
const WAITS: Posture = { ...TOLD, untold: [posture(EAST, SCAN_OFF, NOW)] };

/** The rules of `PostureStore` in `ports/posture-store.ts`; every store keeps them. */
export function postureStoreContract(withStore: WithStore): void {
  test("of a registry nothing was told at first, and each keeps its own, with what waits to be told", () =>
    withStore(async ({ postures }) => {
      const seen: Posture[] = [];
      const look = (after: Posture) => (before: Posture) => {
        seen.push(before);
        return after;
      };
      expect(await postures.change(EAST, look(WAITS))).toEqual(WAITS);
      expect(await postures.change(WEST, look(TOLD))).toEqual(TOLD);
      await postures.change(EAST, look(TOLD));
      await postures.change(EAST, look(TOLD));
      expect(seen).toEqual([{ told: [], untold: [] }, { told: [], untold: [] }, WAITS, TOLD]);
    }));

  test("of two that change one at once, the second sees what the first has made", () =>
    withStore(async ({ postures }) => {
      const add = (before: Posture): Posture => ({ ...before, untold: [...before.untold, ...WAITS.untold] });
      await Promise.all([postures.change(EAST, add), postures.change(EAST, add)]);
      expect((await postures.change(EAST, (before) => before)).untold).toHaveLength(2);
    }));

  test("a change that fails leaves what was there", () =>
    withStore(async ({ postures }) => {
      await postures.change(EAST, () => TOLD);
      const failing = postures.change(EAST, () => {
        throw new Error("the look failed");
      });
      await expect(failing).rejects.toThrow("the look failed");
      expect(await postures.change(EAST, (before) => before)).toEqual(TOLD);
    }));
}
