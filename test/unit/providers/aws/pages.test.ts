import { describe, expect, test } from "vitest";
import { pagesOf } from "../../../../shared/providers/aws/pages.ts";

/** Tells each page's token after the other, and then goes round among the last `round` of them; without a round it ends. */
function listOf(tokens: number, round = 0) {
  const asked: (string | undefined)[] = [];
  return {
    asked,
    async page(next: string | undefined) {
      asked.push(next);
      const at = next === undefined ? 0 : Number(next);
      if (at < tokens) return { items: [at], next: String(at + 1) };
      return { items: [at], next: round === 0 ? undefined : String(at - round + 1) };
    },
  };
}

describe("a list of several pages", () => {
  test("is read to its end", async () => {
    const list = listOf(300);
    expect(await Array.fromAsync(pagesOf(list.page))).toHaveLength(301);
  });

  test.each([
    [1, 1],
    [1, 2],
    [2, 2],
    [40, 7],
  ])("of %i that goes round among its last %i comes to an end soon", async (tokens, round) => {
    const list = listOf(tokens, round);
    await expect(Array.fromAsync(pagesOf(list.page))).rejects.toMatchObject({ code: "malformed" });
    expect(list.asked.length).toBeLessThanOrEqual(3 * (tokens + round));
  });
});
