import { expect, test } from "vitest";
import * as z from "zod";
import { openPruner } from "../../../shared/runtime/json-pruned.ts";
import { keptNames } from "../../../shared/runtime/kept-names.ts";
import { listOf, loose, many, numeric, word } from "../../../shared/runtime/lenient.ts";

function pruned(schema: z.ZodType, document: object): unknown {
  const limits = { maxBytes: 10_000, maxDepth: 16, maxValues: 1_000, place: "report" };
  const pruner = openPruner({ ...limits, keeps: new Set(keptNames(schema)) });
  pruner.write(new TextEncoder().encode(JSON.stringify(document)));
  return pruner.end();
}

const ITEM = z.object({ id: word, score: numeric, names: many(word) });

test.each<[string, z.ZodType]>([
  ["must be right", z.object({ list: listOf(ITEM) })],
  ["may be absent", z.object({ list: loose(z.array(ITEM)) })],
  ["are single facts", z.object({ list: many(ITEM) })],
])("what a schema looks at below lists that %s is kept, and nothing beside it", (_, schema) => {
  const list = [{ id: "a", score: "1", names: ["b"] }, null];
  expect(pruned(schema, { list, other: { id: "c" } })).toEqual({ list });
});
