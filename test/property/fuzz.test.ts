import { describe, expect, it } from "vitest";
import { damageBytes } from "../fuzz/damage-bytes.ts";
import { randomOf } from "../fuzz/random.ts";
import { runSlice } from "../fuzz/run.ts";
import { table } from "../fuzz/table.ts";
import type { Outcome, Target } from "../fuzz/target.ts";

const SEED = 20_261_121;
const CASES = 150;

describe("damage of what strangers write ends in a judgement, and is accepted only where it says what was signed", () => {
  it.each(Object.entries(table))("%s", async (_name, make) => {
    const target = await make();
    const [good] = target.seeds;
    expect((await target.judge(good)).code).toBe("ok");
    const { cases, broken, refused } = await runSlice(target, { seed: SEED, from: 0, count: CASES });
    expect([cases, broken]).toEqual([CASES, []]);
    expect(Object.values(refused).reduce((sum, times) => sum + times, 0)).toBeGreaterThan(CASES / 2);
  });
});

describe("the fuzzer tells", () => {
  const seeds = [Buffer.from("a valid text")] as const;
  const judging = (judge: (bytes: Buffer) => Outcome | Promise<Outcome>): Target => ({
    id: "made up",
    share: 1,
    seeds,
    damages: [damageBytes],
    judge,
  });
  const brokenBy = async (judge: (bytes: Buffer) => Outcome | Promise<Outcome>): Promise<number> =>
    (await runSlice(judging(judge), { seed: SEED, from: 0, count: 10 })).broken.length;

  it("a judge that accepts what nobody signed, one that throws, and one that rejects", async () => {
    expect(await brokenBy(() => ({ code: "ok", violation: "accepted" }))).toBe(10);
    expect(
      await brokenBy(() => {
        throw new RangeError("too deep");
      }),
    ).toBe(10);
    expect(await brokenBy(() => Promise.reject(new TypeError("no such member")))).toBe(10);
    expect(await brokenBy(() => ({ code: "malformed" }))).toBe(0);
  });

  it("the same damage for the same seed and number, and another for another", () => {
    const damaged = (seed: number, index: number): string =>
      damageBytes(Buffer.alloc(500), seeds[0], randomOf(seed, "made up", index)).toString("hex");
    const all = Array.from({ length: 50 }, (_, index) => damaged(SEED, index));
    expect(Array.from({ length: 50 }, (_, index) => damaged(SEED, index))).toEqual(all);
    expect(new Set(all).size).toBeGreaterThan(40);
    expect(damaged(SEED + 1, 0)).not.toBe(damaged(SEED, 0));
  });
});
