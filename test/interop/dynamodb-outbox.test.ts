import { type AttributeValue, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyChain } from "../../shared/audit/chain.ts";
import { judged, parked } from "../../shared/audit/record.ts";
import { printImageKey } from "../../shared/domain/image-ref.ts";
import type { ChangeRecord } from "../../shared/ports/outbox.ts";
import type { Store } from "../../shared/ports/store.ts";
import { openClient, openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { signHead, verifySignature } from "../contract/store.ts";
import { present } from "../fixtures/present.ts";
import { at, keyOf, NOW, recordOf, verdictOf } from "../fixtures/records.ts";
import { type DynamoLocal, startDynamoLocal, withTable } from "./dynamodb-local.ts";
import { type Proxy, startProxy } from "./dynamodb-proxy.ts";

let local: DynamoLocal;
beforeAll(async () => {
  local = await startDynamoLocal();
});
afterAll(() => local.stop());

interface Table {
  /** Writes; nobody asks it for its journal. */
  readonly writer: Store;
  /** Has looked at the table before anything was written, and looks again in ten seconds. */
  readonly reader: Store;
  /** Each item as the stream tells of it. */
  records(): Promise<readonly (ChangeRecord & { readonly change: StreamRecord })[]>;
  put(item: Record<string, AttributeValue>): Promise<void>;
  open(): Store;
  readonly place: string;
}

/** AWS API reference, "StreamRecord". */
interface StreamRecord {
  readonly Keys: Record<string, AttributeValue>;
  readonly NewImage: Record<string, AttributeValue>;
}

/** `isLookedAt`: somebody has looked at everything already. */
function withStores(work: (table: Table) => Promise<void>, isLookedAt = true): Promise<void> {
  return withTable(local, async (place, TableName) => {
    const client = openClient({ region: "eu-central-1", endpoint: local.endpoint });
    const opened: Store[] = [];
    const open = (): Store => {
      const store = openDynamoStore({ place, signHead });
      opened.push(store);
      return store;
    };
    const [writer, reader] = [open(), open()];
    expect(isLookedAt ? await reader.ledger.journal(0, 10) : []).toEqual([]);
    const records: Table["records"] = async () => {
      const { Items = [] } = await client.send(new ScanCommand({ TableName }));
      return Items.map((item, number) => ({
        id: `${100 + number}`,
        change: { Keys: { pk: present(item["pk"]), sk: present(item["sk"]) }, NewImage: item },
      }));
    };
    const put: Table["put"] = async (Item) => void (await client.send(new PutItemCommand({ TableName, Item })));
    await work({ writer, reader, records, put, open, place });
    for (const store of opened) await store.close();
    client.destroy();
  });
}

function openThrough(place: string, { endpoint }: Proxy): Store {
  return openDynamoStore({ place: place.replace(encodeURIComponent(local.endpoint), encodeURIComponent(endpoint)), signHead });
}

async function tell({ ledger }: Store, name: string): Promise<void> {
  const image = recordOf(keyOf(name));
  const occasion = { image: image.key, tags: image.tags, at: at(1), correlationId: name };
  const journal = [judged(occasion, { verdict: verdictOf("compliant"), previous: undefined, origin: "event" })];
  await ledger.commit({ image, intents: [], outcomes: [], journal });
}

const chainsOf = async ({ ledger }: Store): Promise<readonly string[]> => (await ledger.journal(0, 100)).map(({ chain }) => chain);

test("what records tell of is numbered at once, in whatever process, and once however often they come", () =>
  withStores(async ({ writer, reader, records }) => {
    for (const name of ["a", "b"]) await tell(writer, name);
    await writer.ledger.append([parked({ work: "w", why: "", at: NOW })]);
    expect(await chainsOf(reader)).toEqual([]);
    const told = await records();
    const outbox = present(reader.outbox);
    expect(await outbox.number(told)).toEqual([]);
    expect(await outbox.number([...told, ...told])).toEqual([]);
    expect(await chainsOf(reader)).toEqual([printImageKey(keyOf("a")), printImageKey(keyOf("b")), "gate"]);
    expect(verifyChain(await reader.ledger.journal(0, 9), await Array.fromAsync(reader.ledger.heads()), verifySignature)).toEqual([]);
  }));

test("only a record whose item has something waiting is looked at: the filter of the stream leaves out the others", () =>
  withStores(async ({ writer, reader, records }) => {
    await tell(writer, "a");
    const before = await records();
    expect(before.filter(({ change }) => change.NewImage["o"]?.N === "1").map(({ change }) => change.Keys["pk"]?.S)).toEqual([
      "image#registry.example:5000/shop/api",
    ]);
    expect(await present(reader.outbox).number(before.filter(({ change }) => change.NewImage["o"] === undefined))).toEqual([]);
    expect(await chainsOf(reader)).toEqual([]);
    await writer.ledger.counts();
    expect((await records()).filter(({ change }) => change.NewImage["o"] !== undefined)).toEqual([]);
  }));

test("a record whose item cannot be read is given back alone, also one of something else; the others are numbered", () =>
  withStores(async ({ writer, reader, records, put }) => {
    for (const name of ["a", "b", "c"]) await tell(writer, name);
    const told = await records();
    const broken = present(told.find(({ change }) => change.Keys["sk"]?.S === keyOf("b").digest));
    await put({ ...broken.change.NewImage, b: { B: Uint8Array.of(1, 2, 3) } });
    const failed = await present(reader.outbox).number([...told, { id: "900", change: { Keys: {} } }]);
    expect(failed).toEqual([broken.id, "900"]);
    expect(await chainsOf(reader)).toEqual([printImageKey(keyOf("a")), printImageKey(keyOf("c"))]);
  }));

test("a record whose item cannot be read is given back also where an earlier call's work comes upon it first, until it is mended", () =>
  withStores(async ({ writer, records, put, place }) => {
    await tell(writer, "a");
    const [told] = (await records()).filter(({ change }) => change.NewImage["o"] !== undefined);
    const { id, change } = present(told);
    await put({ ...change.NewImage, b: { B: Uint8Array.of(1, 2, 3) } });
    let given: Promise<readonly string[]> | undefined;
    // Told while the other looks at the table, which takes what waits by then.
    const proxy = await startProxy(local.endpoint, (operation) => {
      if (operation === "Query") given ??= outbox.number([{ id, change }]);
      return "pass";
    });
    const store = openThrough(place, proxy);
    const outbox = present(store.outbox);
    expect(await store.ledger.journal(0, 10)).toEqual([]);
    expect(await given).toEqual([id]);
    await put(change.NewImage);
    expect(await outbox.number([{ id, change }])).toEqual([]);
    expect(await chainsOf(store)).toEqual([printImageKey(keyOf("a"))]);
    await store.close();
    await proxy.stop();
  }, false));

test("what no record told of is found by the next process that reads, and a chain that is asked for is whole at once", () =>
  withStores(async ({ writer, reader, open }) => {
    for (const name of ["a", "b"]) await tell(writer, name);
    expect(await reader.ledger.journal(0, 10, printImageKey(keyOf("b")))).toHaveLength(1);
    expect(await chainsOf(open())).toEqual([printImageKey(keyOf("b")), printImageKey(keyOf("a"))]);
  }));

test("what records tell of waits for no look at everything, which may fail", () =>
  withStores(async ({ writer, records, place }) => {
    await tell(writer, "a");
    const told = await records();
    let queries = 0;
    // The first one asks for the end of the journal, those after it are the look.
    const proxy = await startProxy(local.endpoint, (operation) => {
      if (operation === "Query") queries += 1;
      return operation === "Query" && queries > 1 ? "throttle" : "pass";
    });
    const store = openThrough(place, proxy);
    await expect(present(store.outbox).number(told)).rejects.toMatchObject({ code: "rate-limited" });
    expect((await records()).filter(({ change }) => change.NewImage["o"] !== undefined)).toEqual([]);
    await store.close();
    await proxy.stop();
  }, false));

test("a chain that is longer than its item has room for is read whole, from anywhere, in both directions", () =>
  withStores(async ({ writer: { ledger } }) => {
    const event = (number: number) => parked({ work: `work ${number}`, why: "", at: at(number) });
    for (let number = 0; number < 165; number += 3) {
      await ledger.append([event(number), event(number + 1), event(number + 2)]);
      await ledger.journal(0, 1);
    }
    const all = await ledger.journal(0, 500, "gate");
    expect(all.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 165 }, (_, place) => place + 1));
    for (const after of [46, 47, 48, 149, 150]) expect(await ledger.journal(after, 10, "gate")).toEqual(all.slice(after, after + 10));
    for (const before of [47, 48, 152]) {
      const last = await ledger.recent({ limit: 60, before, chain: "gate" });
      expect(last).toEqual(all.slice(Math.max(0, before - 61), before - 1).toReversed());
    }
    expect(verifyChain(all, await Array.fromAsync(ledger.heads()), verifySignature)).toEqual([]);
  }));
