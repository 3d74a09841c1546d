import { describe, expect, test } from "vitest";
import { instant } from "../../../shared/domain/time.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import { type RetryRules, readRetryAfter, retry } from "../../../shared/runtime/retry.ts";

function rules(more: Partial<RetryRules> = {}) {
  const waits: number[] = [];
  let now = 1_000_000;
  const made: RetryRules = {
    tries: 4,
    firstWaitMs: 100,
    longestWaitMs: 300,
    totalMs: 10_000,
    clock: { now: () => instant(now) },
    random: () => 0.5,
    sleep: async (ms) => {
      waits.push(ms);
      now += ms;
    },
    ...more,
  };
  return { made, waits };
}

function failing(times: number, fault: AdapterError) {
  let calls = 0;
  return async () => {
    calls++;
    if (calls <= times) throw fault;
    return calls;
  };
}

const busy = new AdapterError("unreachable", "busy");

describe("retry", () => {
  test("waits an even draw from a bound that doubles up to the longest", async () => {
    const { made, waits } = rules();
    await expect(retry(made, failing(3, busy))).resolves.toBe(4);
    expect(waits).toEqual([50, 100, 150]);
  });

  test("ends after the last try with the fault itself", async () => {
    const { made, waits } = rules();
    await expect(retry(made, failing(4, busy))).rejects.toBe(busy);
    expect(waits).toHaveLength(3);
  });

  test("does not repeat what will not pass, nor a bug", async () => {
    const { made, waits } = rules();
    await expect(retry(made, failing(1, new AdapterError("forbidden", "no")))).rejects.toMatchObject({ code: "forbidden" });
    await expect(retry(made, async () => Promise.reject(new TypeError("bug")))).rejects.toThrow(TypeError);
    expect(waits).toEqual([]);
  });

  test("obeys the wait that the other side names", async () => {
    const { made, waits } = rules();
    await retry(made, failing(1, new AdapterError("rate-limited", "slow down", { retryAfter: 7_000 })));
    expect(waits).toEqual([7_000]);
  });

  test("leaves a wait beyond its total time to the caller", async () => {
    const { made, waits } = rules();
    const fault = new AdapterError("rate-limited", "later", { retryAfter: 10_001 });
    await expect(retry(made, failing(1, fault))).rejects.toBe(fault);
    expect(waits).toEqual([]);
  });

  test("stops when the caller gave up", async () => {
    const { made } = rules();
    await expect(retry(made, failing(9, busy), AbortSignal.abort())).rejects.toBe(busy);
  });
});

test.each([
  [{ "retry-after": "120" }, 120_000],
  [{ "retry-after": "Sat, 21 Nov 2026 08:00:30 GMT" }, 30_000],
  [{ "retry-after": "Sat, 21 Nov 2026 07:00:00 GMT" }, 0],
  [{ "x-retry-after": "1795248060" }, 60_000],
  [{ "retry-after": "soon" }, undefined],
  [{ "x-retry-after": "60" }, undefined],
  [{}, undefined],
])("the wait in %j is read", (headers: Record<string, string>, expected) => {
  expect(readRetryAfter(new Headers(headers), Date.parse("2026-11-21T08:00:00Z"))).toBe(expected);
});
