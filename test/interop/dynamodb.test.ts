import { randomBytes } from "node:crypto";
import { DeleteItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { BrakeLimits } from "../../shared/domain/brake.ts";
import { mayHold } from "../../shared/enforcement/brake.ts";
import { openBatches } from "../../shared/stores/dynamodb/batches.ts";
import { GATE, holderKey } from "../../shared/stores/dynamodb/chain.ts";
import { openDocuments } from "../../shared/stores/dynamodb/documents.ts";
import { openLook } from "../../shared/stores/dynamodb/look.ts";
import { openClient, openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { openRequests } from "../../shared/stores/dynamodb/requests.ts";
import { openSettle } from "../../shared/stores/dynamodb/settle.ts";
import { openStamps } from "../../shared/stores/dynamodb/stamps.ts";
import { openWaiting, type WaitingItems } from "../../shared/stores/dynamodb/waiting.ts";
import { storeContract } from "../contract/store.contract.ts";
import { signHead } from "../contract/store.ts";
import { queueKeepsItsRules } from "../contract/work-queue-model.ts";
import { at, digestOf, keyOf, NOW, recordOf } from "../fixtures/records.ts";
import { stopRun } from "../fixtures/runs.ts";
import { type DynamoLocal, inTable, placeOf, startDynamoLocal, withTable } from "./dynamodb-local.ts";
import { startProxy } from "./dynamodb-proxy.ts";

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

test("a document of which a piece is gone is no document: whoever reads it is told so", () =>
  withTable(local, async (place, TableName) => {
    const store = openDynamoStore({ place, signHead });
    const client = openClient({ region: "eu-central-1", endpoint: local.endpoint });
    await store.reports.put(keyOf("a"), "trivy", randomBytes(600_000), NOW);
    const { Items = [] } = await client.send(new ScanCommand({ TableName, ProjectionExpression: "pk, sk" }));
    const pieces = Items.filter(({ pk }) => pk?.S?.startsWith("piece#") === true);
    await Promise.all(pieces.map((Key) => client.send(new DeleteItemCommand({ TableName, Key }))));
    await expect(store.reports.list(keyOf("a").digest)).rejects.toThrow(/gone/);
    client.destroy();
    await store.close();
  }));

test("of more that waits to be numbered than a process keeps in mind, the rest is looked for until nothing waits", () =>
  withTable(local, async (place, table) => {
    const store = openDynamoStore({ place, signHead });
    for (const key of ["a", "b", "c", "d", "e"].map((name) => keyOf(name)))
      await store.ledger.commit({ image: { ...recordOf(key), version: 1 }, intents: [], outcomes: [], journal: [] });
    const client = openClient({ region: "eu-central-1", endpoint: local.endpoint });
    const requests = openRequests(client, table);
    const documents = openDocuments(requests);
    const open = (waiting: WaitingItems) => openLook({ requests, documents, waiting, stamps: openStamps(() => Date.now()) });
    const few = openWaiting(3);
    const number = openSettle({ documents, batches: openBatches(documents), countNews: async () => undefined, waiting: few });
    const { look } = open(few);
    for (let before = -1; few.leftOut() !== before; await number()) {
      before = few.leftOut();
      await look(async () => undefined);
    }
    const all = openWaiting();
    await open(all).look(async () => undefined);
    expect([few.leftOut() > 0, all.take(100).items]).toEqual([true, [{ key: holderKey(GATE), since: 0 }]]);
    client.destroy();
    await store.close();
  }));

test("a look at many images keeps what it found so far, where the table fails before its end", () =>
  withTable(local, async (place, table) => {
    const store = openDynamoStore({ place, signHead });
    const keys = Array.from({ length: 101 }, (_, number) => keyOf(String(number)));
    await Promise.all(keys.map((key) => store.ledger.commit({ image: recordOf(key), intents: [], outcomes: [], journal: [] })));
    let reads = 0;
    const proxy = await startProxy(local.endpoint, (operation) => {
      if (operation === "BatchGetItem") reads += 1;
      return reads > 1 ? "lost-before" : "pass";
    });
    const client = openClient({ region: "eu-central-1", endpoint: proxy.endpoint });
    const requests = openRequests(client, table);
    const waiting = openWaiting();
    const { look } = openLook({ requests, documents: openDocuments(requests), waiting, stamps: openStamps(() => Date.now()) });
    await expect(look(async () => undefined)).rejects.toMatchObject({ retryable: true });
    expect(waiting.take(200).items).toHaveLength(100);
    client.destroy();
    await store.close();
    await proxy.stop();
  }));

test("where a person let a run go on, no hold of it has its repository read", () =>
  withTable(local, async (_, table) => {
    const proxy = await startProxy(local.endpoint);
    const { runs, close } = openDynamoStore({ place: placeOf(proxy.endpoint, table), signHead });
    const run = await stopRun({ runs }, [keyOf("a")]);
    await runs.decide(run, "approved", { name: "ann", reason: "meant so" }, NOW);
    proxy.take();
    const hold = { image: keyOf("b"), hasTags: true, reasons: [] };
    const limits: BrakeLimits = {
      images: 0,
      perHour: 0,
      ofRepository: 0,
      lastTag: true,
      lastCompliant: true,
      pulledWithin: "off",
      protected: [],
    };
    await runs.weigh(run, hold, NOW, (facts) => mayHold(limits, facts, hold, { lastPull: { kind: "not-pulled" } }));
    expect(proxy.take().map(({ operation }) => operation)).not.toContain("Query");
    expect((await runs.find(run))?.held).toBe(1);
    await close();
    await proxy.stop();
  }));

test("what two processes write in one millisecond is on a page each, however short the pages are", () =>
  withTable(local, async (place) => {
    const stores = [openDynamoStore({ place, signHead }), openDynamoStore({ place, signHead })];
    vi.useFakeTimers({ toFake: ["Date"], now: NOW });
    try {
      const keys = ["a", "b", "c"].map((name) => keyOf(name));
      for (const [number, key] of keys.entries()) {
        vi.setSystemTime(NOW + Math.min(number, 1));
        const image = { ...recordOf(key), version: 1 };
        await stores[number % 2]?.ledger.commit({ image, intents: [], outcomes: [], journal: [] });
      }
      for (const limit of [1, 2]) {
        const found: string[] = [];
        for (let after: string | undefined; ; ) {
          const page = await stores[0]?.ledger.images({ limit, ...(after === undefined ? {} : { after }) });
          found.push(...(page?.items.map(({ key }) => key.digest) ?? []));
          after = page?.next;
          if (after === undefined) break;
        }
        expect(found.toSorted((one, other) => (one < other ? -1 : 1))).toEqual(
          keys.map(({ digest }) => digest).toSorted((one, other) => (one < other ? -1 : 1)),
        );
      }
    } finally {
      vi.useRealTimers();
      for (const store of stores) await store.close();
    }
  }));
