import { expect, test } from "vitest";
import type { SinkState } from "../../shared/ports/audit-sink.ts";
import type { WithStore } from "./store.ts";

const STATE: SinkState = {
  cursor: 7,
  state: "paused",
  failures: 3,
  nextAt: 1_000,
  retryThrough: 9,
  lastError: "answered 401",
  delivered: 6,
  dead: 1,
};

/** The rules of `SinkStore` in `ports/audit-sink.ts`; every store keeps them. */
export function sinkStoreContract(withStore: WithStore): void {
  test("a sink that is new begins before the first entry, active", () =>
    withStore(async ({ sinks }) => {
      expect(await sinks.sink("siem")).toEqual({ cursor: 0, state: "active", failures: 0, nextAt: 0, delivered: 0, dead: 0 });
    }));

  test("each sink has a place of its own, read back as it was saved", () =>
    withStore(async ({ sinks }) => {
      const { retryThrough: _, lastError: __, ...plain } = STATE;
      await Promise.all([sinks.save("siem", STATE, []), sinks.save("archive", { ...plain, cursor: 2, state: "disabled" }, [])]);
      expect(await sinks.sink("siem")).toEqual(STATE);
      expect(await sinks.sink("archive")).toEqual({ ...plain, cursor: 2, state: "disabled" });
      await sinks.save("siem", plain, []);
      expect(await sinks.sink("siem")).toEqual(plain);
    }));

  test("dead letters are kept for each sink with their reason, newest first, once each", () =>
    withStore(async ({ sinks }) => {
      await sinks.save("siem", STATE, [{ sequence: 3, why: "answered 400", at: 1 }]);
      await sinks.save("siem", STATE, [{ sequence: 5, why: "answered 413", at: 2 }]);
      await sinks.save("siem", STATE, [{ sequence: 5, why: "answered 413", at: 2 }]);
      await sinks.save("archive", STATE, [{ sequence: 4, why: "answered 422", at: 3 }]);
      expect(await sinks.deadLetters("siem", 10)).toEqual([
        { sequence: 5, why: "answered 413", at: 2 },
        { sequence: 3, why: "answered 400", at: 1 },
      ]);
      expect(await sinks.deadLetters("siem", 1)).toHaveLength(1);
    }));
}
