import { setTimeout as wait } from "node:timers/promises";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { AdapterError } from "../../ports/adapter-error.ts";
import { isInTheWay, isOvertaken, tableFault } from "./fault.ts";
import { type Item, type Key, keyItem, type Stored } from "./item.ts";

/** A part of a partition: of the table itself, or of one of its indexes. */
export interface Range {
  readonly index?: { readonly name: string; readonly hash: string; readonly sort: string };
  readonly hash: string;
  /** Sort keys from here on, or up to there; both included. */
  readonly from?: string | number;
  readonly to?: string | number;
  readonly descending?: true;
  /** Items of one page; a hint of how many are wanted. */
  readonly page?: number;
}

/** A write that is done only where the item is as it was read. */
export interface Guarded {
  readonly key: Key;
  /** Absent: the item goes. */
  readonly item?: Item;
  /** Of the item that was read; absent: there was none. An item that went and came again counts its writes anew, but a writer's mark is never used twice. */
  readonly read?: Pick<Stored, "rev" | "writer">;
}

/** The calls of the table, each once; errors are told as the ports tell them, but for being overtaken. */
export interface Requests {
  get(key: Key): Promise<Item | undefined>;
  /** In the order of the keys. */
  getAll(keys: readonly Key[]): Promise<readonly (Item | undefined)[]>;
  query(range: Range): AsyncGenerator<Item>;
  count(range: Range): Promise<number>;
  /** Without a guard: for what is the same whoever writes it. */
  put(item: Item): Promise<void>;
  putAll(items: readonly Item[]): Promise<void>;
  remove(key: Key): Promise<void>;
  removeAll(keys: readonly Key[]): Promise<void>;
  /** One write alone, or one transaction. */
  write(writes: readonly Guarded[]): Promise<void>;
}

// AWS documentation, "Quotas in Amazon DynamoDB".
const MOST_READ = 100;
const MOST_WRITTEN = 25;
const MOST_IN_TRANSACTION = 100;

export function openRequests(client: DynamoDBClient, TableName: string): Requests {
  const told = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      throw isOvertaken(error) ? error : tableFault(error);
    }
  };
  const removal = (key: Key) => ({ DeleteRequest: { Key: keyItem(key) } });
  const pages = (range: Range, more: Partial<QueryCommandInput> = {}) => openPages(client, { ...queryOf(TableName, range), ...more }, told);
  const batch = (requests: readonly WriteRequest[]) => told(writeBatch(client, TableName, requests));
  return {
    get: async (key) => (await told(client.send(new GetItemCommand({ TableName, Key: keyItem(key), ConsistentRead: true })))).Item,
    async getAll(keys) {
      const found = new Map<string, Item>();
      for (let at = 0; at < keys.length; at += MOST_READ) await told(readBatch(client, TableName, keys.slice(at, at + MOST_READ), found));
      return keys.map((key) => found.get(nameOf(key)));
    },
    async *query(range) {
      for await (const { Items = [] } of pages(range)) yield* Items;
    },
    async count(range) {
      let count = 0;
      for await (const { Count = 0 } of pages(range, { Select: "COUNT" })) count += Count;
      return count;
    },
    put: async (item) => void (await told(client.send(new PutItemCommand({ TableName, Item: item })))),
    putAll: (items) => batch(items.map((item) => ({ PutRequest: { Item: item } }))),
    remove: async (key) => void (await told(client.send(new DeleteItemCommand({ TableName, Key: keyItem(key) })))),
    removeAll: (keys) => batch(keys.map(removal)),
    async write(writes) {
      const [first, ...rest] = writes;
      if (first === undefined) return;
      if (writes.length > MOST_IN_TRANSACTION) throw new Error(`${writes.length} items are too many for one transaction`);
      // The client makes one token for all tries of a transaction: a try whose answer was lost counts once.
      const items = writes.map((each) => transactItem(TableName, each));
      if (rest.length === 0) await told(writeOne(client, TableName, first));
      else await told(client.send(new TransactWriteItemsCommand({ TransactItems: items })));
    },
  };
}

function queryOf(TableName: string, { index, hash, from, to, descending, page }: Range): QueryCommandInput {
  const [pk, sk] = index === undefined ? ["pk", "sk"] : [index.hash, index.sort];
  const bounds =
    from !== undefined && to !== undefined
      ? " AND #s BETWEEN :f AND :t"
      : from !== undefined
        ? " AND #s >= :f"
        : to !== undefined
          ? " AND #s <= :t"
          : "";
  return {
    TableName,
    ...(index === undefined ? { ConsistentRead: true } : { IndexName: index.name }),
    KeyConditionExpression: `#h = :h${bounds}`,
    ExpressionAttributeNames: { "#h": pk, ...(bounds === "" ? {} : { "#s": sk }) },
    ExpressionAttributeValues: { ":h": { S: hash }, ...bound(":f", from), ...bound(":t", to) },
    ScanIndexForward: descending !== true,
    ...(page === undefined ? {} : { Limit: page }),
  };
}

function bound(name: string, value: string | number | undefined): Item {
  if (value === undefined) return {};
  return { [name]: typeof value === "number" ? { N: String(value) } : { S: value } };
}

async function* openPages(client: DynamoDBClient, input: QueryCommandInput, told: <T>(call: Promise<T>) => Promise<T>) {
  let start: Item | undefined;
  do {
    const page = await told(client.send(new QueryCommand({ ...input, ...(start === undefined ? {} : { ExclusiveStartKey: start }) })));
    yield page;
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

async function readBatch(client: DynamoDBClient, table: string, keys: readonly Key[], found: Map<string, Item>): Promise<void> {
  const unique = new Map(keys.map((key) => [nameOf(key), keyItem(key)]));
  let left: Item[] = [...unique.values()];
  for (let attempt = 0; left.length > 0; attempt++) {
    await pause(attempt);
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: left, ConsistentRead: true } } }),
    );
    for (const item of Responses?.[table] ?? []) found.set(nameOf({ pk: item["pk"]?.S ?? "", sk: item["sk"]?.S ?? "" }), item);
    left = UnprocessedKeys?.[table]?.Keys ?? [];
  }
}

type WriteRequest = { readonly PutRequest: { readonly Item: Item } } | { readonly DeleteRequest: { readonly Key: Item } };

async function writeBatch(client: DynamoDBClient, table: string, requests: readonly WriteRequest[]): Promise<void> {
  for (let at = 0; at < requests.length; at += MOST_WRITTEN) {
    let left: WriteRequest[] = requests.slice(at, at + MOST_WRITTEN);
    for (let attempt = 0; left.length > 0; attempt++) {
      await pause(attempt);
      const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: left } }));
      left = (UnprocessedItems?.[table] ?? []).flatMap(({ PutRequest, DeleteRequest }): WriteRequest[] => {
        if (PutRequest?.Item !== undefined) return [{ PutRequest: { Item: PutRequest.Item } }];
        return DeleteRequest?.Key === undefined ? [] : [{ DeleteRequest: { Key: DeleteRequest.Key } }];
      });
    }
  }
}

const MOST_ATTEMPTS = 8;

/** What a batch leaves out was throttled: it is asked again, later each time. */
async function pause(attempt: number): Promise<void> {
  if (attempt === MOST_ATTEMPTS) throw new AdapterError("rate-limited", "the table takes no more requests now");
  if (attempt > 0) await wait(Math.random() * 25 * 2 ** attempt);
}

/** A try whose answer was lost meets its own write when it is repeated: also where a transaction of another was in the way of that. */
async function writeOne(client: DynamoDBClient, TableName: string, write: Guarded): Promise<void> {
  const { Put, Delete } = transactItem(TableName, write);
  for (let attempt = 0; ; attempt++) {
    await pause(attempt);
    try {
      if (Put !== undefined) await client.send(new PutItemCommand({ ...Put, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }));
      if (Delete !== undefined) await client.send(new DeleteItemCommand(Delete));
      return;
    } catch (error) {
      if (isInTheWay(error)) continue;
      const there = error instanceof Error && "Item" in error ? error.Item : undefined;
      const writer = write.item?.["w"]?.S;
      if (writer === undefined || !isWrittenBy(there, writer)) throw error;
      return;
    }
  }
}

function isWrittenBy(item: unknown, writer: string): boolean {
  return item instanceof Object && "w" in item && item.w instanceof Object && "S" in item.w && item.w.S === writer;
}

function transactItem(TableName: string, { key, item, read }: Guarded): TransactWriteItem {
  const guard =
    read === undefined
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : {
          ConditionExpression: "r = :r AND w = :w",
          ExpressionAttributeValues: { ":r": { N: String(read.rev) }, ":w": { S: read.writer } },
        };
  return item === undefined ? { Delete: { TableName, Key: keyItem(key), ...guard } } : { Put: { TableName, Item: item, ...guard } };
}

export function nameOf({ pk, sk }: Key): string {
  return `${pk}\n${sk}`;
}
