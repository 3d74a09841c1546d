import fc from "fast-check";
import { expect, test } from "vitest";
import { expressions, samples } from "../fixtures/cel-arbitrary.ts";
import { type Answer, answer, otherAnswer } from "../fixtures/cel-engines.ts";

test("10,000 expressions have the same result, or none, in two implementations of the language", () => {
  const answers = new Map<Answer, number>();
  fc.assert(
    fc.property(expressions, samples, (source, sample) => {
      const own = answer(source, sample);
      answers.set(own, (answers.get(own) ?? 0) + 1);
      expect(own).toBe(otherAnswer(source, sample));
    }),
    { numRuns: 10_000, seed: 4 },
  );
  // Expressions that are all alike would agree and prove nothing.
  for (const kind of [true, false, "error"] as const) expect(answers.get(kind)).toBeGreaterThan(500);
  expect(answers.get("refused")).toBeUndefined();
}, 120_000);
