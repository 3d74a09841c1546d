import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stores } from "../../shared/stores/table.ts";
import { storeContract } from "./store.contract.ts";
import { inMemory } from "./store.ts";
import { IN_PROCESS, SERVED } from "./store-rows.ts";

describe.each(IN_PROCESS)("%s", (_, load) => {
  storeContract(inMemory(load));
});

test("every store of the table runs these suites: here, or where its server is", () => {
  expect(new Set([...IN_PROCESS.map(([id]) => id), ...Object.keys(SERVED)])).toEqual(new Set(Object.keys(stores)));
  for (const file of Object.values(SERVED)) expect(existsSync(new URL(file, import.meta.url)), file).toBe(true);
});
