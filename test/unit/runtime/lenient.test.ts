import { expect, test } from "vitest";
import * as z from "zod";
import { keptNames } from "../../../shared/runtime/kept-names.ts";
import { many, word } from "../../../shared/runtime/lenient.ts";

const SHAPE = z.object({
  tags: many(z.string()),
  owners: many(z.object({ name: word })),
});

test("a list keeps what is as expected, in its order", () => {
  expect(
    SHAPE.parse({
      tags: ["a", null, 1, "b"],
      owners: ["x", { name: 7 }, [], { name: "team" }],
    }),
  ).toEqual({
    tags: ["a", "b"],
    owners: [{ name: "" }, { name: "team" }],
  });
});

test.each([{}, { tags: null, owners: null }, { tags: "a", owners: { 0: { name: "team" } } }])("%j has no lists", (document) => {
  expect(SHAPE.parse(document)).toEqual({ tags: [], owners: [] });
});

test("what a list's entries are looked at for is kept where the rest of a document is left out", () => {
  expect(keptNames(SHAPE)).toEqual(["tags", "owners", "name"]);
});
