import fc from "fast-check";
import { expect, test } from "vitest";
import { expressions, samples } from "../fixtures/cel-arbitrary.ts";
import { answer, otherAnswer } from "../fixtures/cel-engines.ts";

// Ten times as many run in test/interop.
test("expressions mean the same to another implementation of the language", () => {
  fc.assert(
    fc.property(expressions, samples, (source, sample) => {
      expect(answer(source, sample)).toBe(otherAnswer(source, sample));
    }),
    { numRuns: 1_000, seed: 20261121 },
  );
});
