import { expect, test } from "vitest";
import { link } from "../../../shared/audit/chain.ts";
import { parked } from "../../../shared/audit/record.ts";
import type { JournalEntry } from "../../../shared/domain/audit-event.ts";
import { afterDelivery, afterFailure } from "../../../shared/pipeline/forward-state.ts";
import type { SinkState } from "../../../shared/ports/audit-sink.ts";
import { NOW } from "../../fixtures/records.ts";

const FRESH: SinkState = { cursor: 4, state: "active", failures: 0, nextAt: 0, delivered: 4, dead: 0 };
const MINUTE = 60_000;

function entries(...sequences: readonly number[]): readonly JournalEntry[] {
  return sequences.map((sequence) => ({ sequence, ...link(undefined, parked({ work: String(sequence), why: "", at: NOW })) }));
}

const retry = { kind: "retry", why: "answered 503" } as const;

test("a delivery moves the place to the last entry that was taken, and ends all trouble", () => {
  const troubled: SinkState = { ...FRESH, state: "paused", failures: 7, nextAt: NOW, lastError: "answered 401", retryThrough: 6 };
  expect(afterDelivery(troubled, entries(5, 6), 2)).toEqual({ ...FRESH, cursor: 6, delivered: 6 });
});

test("what is left of a batch that is tried again stays a batch of its own", () => {
  expect(afterDelivery({ ...FRESH, retryThrough: 8 }, entries(5, 6, 7, 8), 2)).toMatchObject({ cursor: 6, retryThrough: 8, delivered: 6 });
});

test("a try again waits longer each time, drawn from zero up to a doubling bound that ends at five minutes", () => {
  const waits = (failures: number, random: number): number =>
    afterFailure({ ...FRESH, failures }, entries(5), retry, NOW, random).state.nextAt - NOW;
  expect(waits(0, 0)).toBe(0);
  expect(waits(0, 0.5)).toBe(1_000);
  expect(waits(3, 0.5)).toBe(8_000);
  for (const failures of [9, 30, 1_000]) expect(waits(failures, 0.999)).toBeLessThanOrEqual(5 * MINUTE);
  expect(waits(1_000, 0.999)).toBeGreaterThan(4 * MINUTE);
});

test("the destination's own wish is kept, but never longer than an hour", () => {
  const waits = (afterMs: number): number => afterFailure(FRESH, entries(5), { ...retry, afterMs }, NOW, 0).state.nextAt - NOW;
  expect(waits(90_000)).toBe(90_000);
  expect(waits(365 * 86_400_000)).toBe(60 * MINUTE);
});

test("a failure loses nothing: the place stays, and the same batch is remembered", () => {
  for (const kind of ["retry", "paused", "disabled"] as const) {
    const { state, dead } = afterFailure(FRESH, entries(5, 6, 7), { kind, why: "" }, NOW, 0.5);
    expect({ cursor: state.cursor, retryThrough: state.retryThrough, failures: state.failures, dead }).toEqual({
      cursor: 4,
      retryThrough: 7,
      failures: 1,
      dead: [],
    });
  }
});

test("a paused sink is asked again within minutes, a disabled one never", () => {
  const { state } = afterFailure(FRESH, entries(5), { kind: "paused", why: "answered 401" }, NOW, 0.5);
  expect(state).toMatchObject({ state: "paused", lastError: "answered 401" });
  expect(state.nextAt - NOW).toBeGreaterThanOrEqual(MINUTE);
  expect(state.nextAt - NOW).toBeLessThanOrEqual(5 * MINUTE);
  expect(afterFailure(FRESH, entries(5), { kind: "disabled", why: "answered 410" }, NOW, 0.5).state.state).toBe("disabled");
});

test("an entry that is refused alone becomes a dead letter and the next one follows at once", () => {
  const { state, dead } = afterFailure(FRESH, entries(5), { kind: "refused", count: 1, why: "answered 400" }, NOW, 0.5);
  expect(dead).toEqual([{ sequence: 5, why: "answered 400", at: NOW }]);
  expect(state).toMatchObject({ cursor: 5, state: "active", nextAt: 0, dead: 1, delivered: 4 });
  expect(state).not.toHaveProperty("retryThrough");
});

test("a destination that refuses one entry after another is paused: the fault is its own", () => {
  let state = FRESH;
  let refused = 0;
  while (state.state === "active" && refused < 100) {
    refused += 1;
    ({ state } = afterFailure(state, entries(4 + refused), { kind: "refused", count: 1, why: "answered 400" }, NOW, 0.5));
  }
  expect(refused).toBeLessThan(10);
  expect(state).toMatchObject({ state: "paused", dead: refused });
  expect(state.nextAt).toBeGreaterThan(NOW);
});
