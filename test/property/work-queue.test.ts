import { expect, test } from "vitest";
import { inMemory } from "../contract/store.ts";
import { IN_PROCESS } from "../contract/store-rows.ts";
import { queueKeepsItsRules } from "../contract/work-queue-model.ts";

test.each(IN_PROCESS)("%s: work is never lost, never runs twice at a time under its key, and every group has its turn", (_, load) =>
  expect(queueKeepsItsRules(inMemory(load), 150)).resolves.toBeUndefined(),
);
