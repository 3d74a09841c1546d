import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { storeContract } from "../contract/store.contract.ts";
import { queueKeepsItsRules } from "../contract/work-queue-model.ts";
import { type DynamoLocal, inTable, startDynamoLocal } from "./dynamodb-local.ts";

let local: DynamoLocal;
beforeAll(async () => {
  local = await startDynamoLocal();
});
afterAll(() => local.stop());

const withStore = inTable(() => local);

describe("a store in DynamoDB", () => {
  storeContract(withStore);
});

test("work is never lost, never runs twice at a time under its key, and every group has its turn", () =>
  expect(queueKeepsItsRules(withStore, 15)).resolves.toBeUndefined());
