import { randomBytes } from "node:crypto";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openClient, openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { storeContract } from "../contract/store.contract.ts";
import { signHead } from "../contract/store.ts";
import { queueKeepsItsRules } from "../contract/work-queue-model.ts";
import { at, digestOf, NOW } from "../fixtures/records.ts";
import { type DynamoLocal, inTable, startDynamoLocal, withTable } from "./dynamodb-local.ts";

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

test("a document that fits into no item is kept in pieces, which go when another takes its place", () =>
  withTable(local, async (place, table) => {
    const store = openDynamoStore({ place, signHead });
    const client = openClient({ region: "eu-central-1", endpoint: local.endpoint });
    const pieces = async (): Promise<number> => {
      const found = await client.send(
        new ScanCommand({
          TableName: table,
          ProjectionExpression: "pk",
          FilterExpression: "begins_with(pk, :p)",
          ExpressionAttributeValues: { ":p": { S: "piece#" } },
        }),
      );
      return found.LastEvaluatedKey === undefined ? (found.Items?.length ?? 0) : Number.NaN;
    };
    const image = { digest: digestOf("a") };
    const large = randomBytes(600_000);
    await store.reports.put(image, "trivy", large, NOW);
    expect(Buffer.from((await store.reports.list(image.digest))[0]?.bytes ?? []).equals(large)).toBe(true);
    expect(await pieces()).toBe(2);
    await store.reports.put(image, "trivy", randomBytes(100), at(1));
    expect(await pieces()).toBe(0);
    client.destroy();
    await store.close();
  }));
