import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openPruner, type PruneLimits } from "../../../shared/runtime/json-pruned.ts";

const LIMITS: PruneLimits = { maxBytes: 100_000, maxDepth: 8, maxValues: 1_000, keeps: new Set(["a", "b", "all.*"]), place: "report" };

function prune(text: string, limits: Partial<PruneLimits> = {}, piece = 3): unknown {
  const pruner = openPruner({ ...LIMITS, ...limits });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += piece) pruner.write(bytes.subarray(at, at + piece));
  return pruner.end();
}

const everything = { has: () => true } as unknown as ReadonlySet<string>;

describe("a document read in pieces", () => {
  test("has the members that are asked for, at any depth, and no other", () => {
    expect(prune('{"a":{"b":1,"c":2},"c":{"a":3},"list":[{"a":1}]}')).toEqual({ a: { b: 1 } });
    expect(prune('[{"a":1,"x":[1,{"a":2}]},2,"é"]')).toEqual([{ a: 1 }, 2, "é"]);
  });

  test("has everything below a member that is kept whole", () => {
    expect(prune('{"all":{"x":{"y":[{"z":1}]}},"x":1}')).toEqual({ all: { x: { y: [{ z: 1 }] } } });
  });

  test("is what the parser gives where everything is kept, however it is cut", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4, noUnicodeString: false }), fc.integer({ min: 1, max: 7 }), (text, piece) => {
        const expected: unknown = JSON.parse(text);
        fc.pre(!text.includes("__proto__"));
        expect(prune(text, { keeps: everything, maxDepth: 64 }, piece)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    "",
    "{",
    "[1",
    '{"a"',
    '{"a":}',
    "[1 2]",
    "[1,]",
    '{"a":1,}',
    "{1:2}",
    '{"a" 1}',
    "1 2",
    "]",
    '{"a":1]',
    '{"x":[1 2]}',
    '{"x":{"y"}}',
    '"é',
    "nul",
  ])("is refused where it is no JSON, also in what is left out: %s", (text) => {
    expect(() => prune(text)).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("is refused where a member that is kept is written twice, for two readers could see two documents", () => {
    expect(() => prune('{"a":1,"\\u0061":2}')).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("has no member that becomes a prototype", () => {
    const read = prune('{"all":{"__proto__":{"polluted":1},"x":1}}');
    expect(JSON.stringify(read)).toBe('{"all":{"x":1}}');
  });

  test("is held to its caps on bytes, depth, values and the length of one text", () => {
    expect(() => prune(`[${"1,".repeat(100)}1]`, { maxBytes: 100 })).toThrow(expect.objectContaining({ code: "too-large" }));
    expect(() => prune(`${"[".repeat(9)}`)).toThrow(expect.objectContaining({ code: "malformed" }));
    expect(() => prune(`[${"1,".repeat(1_000)}1]`)).toThrow(expect.objectContaining({ code: "too-large" }));
    const long = openPruner({ ...LIMITS, maxBytes: 100_000_000 });
    const text = new TextEncoder().encode("x".repeat(1024 * 1024));
    long.write(new TextEncoder().encode('{"skipped":"'));
    expect(() => {
      for (let at = 0; at < 20; at++) long.write(text);
    }).toThrow(expect.objectContaining({ code: "too-large" }));
  });
});
