import { expect, test } from "vitest";
import { partFor } from "../../../shared/pipeline/sweep-attached.ts";
import { at, digestOf } from "../../fixtures/records.ts";

const DIGESTS = Array.from({ length: 400 }, (_, number) => digestOf(`image ${number}`));
const MINUTE = 60_000;

test("as long as there are no more than 1,000 images each sweep looks at all of them", () => {
  for (const time of [0, 7, 10_000]) expect(DIGESTS.every((digest) => partFor(1_000, at(time * MINUTE)).has(digest))).toBe(true);
});

test.each([1, 7, 10, 20, 60])("of 20,000 images each has its turn within 60 sweeps, one every %i minutes", (every) => {
  const parts = Array.from({ length: 60 }, (_, number) => partFor(20_000, at(number * every * MINUTE)));
  expect(DIGESTS.filter((digest) => !parts.some((part) => part.has(digest)))).toEqual([]);
});

test("of many images one sweep looks at no more than its share", () => {
  expect(DIGESTS.filter((digest) => partFor(20_000, at(0)).has(digest)).length).toBeLessThan(DIGESTS.length / 10);
});
