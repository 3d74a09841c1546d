import { expect, test } from "vitest";
import type { KeptAnswer } from "../../shared/ports/revocation-store.ts";
import { at, NOW } from "../fixtures/records.ts";
import { FEW_REVOCATIONS, type WithStore } from "./store.ts";

function answerOf(text: string, thisUpdate: number, nextUpdate = thisUpdate + 1_000): KeptAnswer {
  return { bytes: new TextEncoder().encode(text), thisUpdate: at(thisUpdate), nextUpdate: at(nextUpdate), askedAt: NOW };
}

/** The rules of `RevocationStore` in `ports/revocation-store.ts`; every store keeps them. */
export function revocationStoreContract(withStore: WithStore): void {
  test("an answer is given back as it was kept, each question by itself", () =>
    withStore(async ({ revocations }) => {
      await revocations.keep("one", answerOf("first", 0));
      await revocations.keep("other", answerOf("second", 5));
      expect(await revocations.find("one")).toEqual(answerOf("first", 0));
      expect(await revocations.find("other")).toEqual(answerOf("second", 5));
      expect(await revocations.find("third")).toBeUndefined();
    }));

  test("a later answer takes the place of an older one, never the other way round", () =>
    withStore(async ({ revocations }) => {
      await revocations.keep("one", answerOf("first", 0));
      await revocations.keep("one", answerOf("second", 10));
      await revocations.keep("one", answerOf("replayed", 5, 90_000));
      expect(await revocations.find("one")).toEqual(answerOf("second", 10));
    }));

  test("what ends first goes where too much is kept", () =>
    withStore(async ({ revocations }) => {
      const all = FEW_REVOCATIONS.answers + 3;
      const names = Array.from({ length: all }, (_, number) => number);
      await Promise.all(names.map((number) => revocations.keep(`${number}`, answerOf("x", 0, 1_000 + ((number * 7) % all)))));
      const kept = await Promise.all(names.map(async (number) => (await revocations.find(`${number}`)) !== undefined));
      const gone = names.filter((number) => kept[number] !== true).map((number) => (number * 7) % all);
      expect(new Set(gone)).toEqual(new Set([0, 1, 2]));
    }));

  test("a large answer pushes out others by its size", () =>
    withStore(async ({ revocations }) => {
      const large = { ...answerOf("", 0, 5_000), bytes: new Uint8Array(Math.floor(FEW_REVOCATIONS.bytes * 0.4)) };
      for (const name of ["one", "two", "three"])
        await revocations.keep(name, name === "two" ? { ...large, nextUpdate: at(4_000) } : large);
      const kept = await Promise.all(["one", "two", "three"].map(async (name) => (await revocations.find(name)) !== undefined));
      expect(kept).toEqual([true, false, true]);
    }));
}
