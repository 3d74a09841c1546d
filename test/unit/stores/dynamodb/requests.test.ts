import { afterAll, beforeAll, expect, test } from "vitest";
import { AdapterError } from "../../../../shared/ports/adapter-error.ts";
import { isOvertaken, tableFault } from "../../../../shared/stores/dynamodb/fault.ts";
import type { Item } from "../../../../shared/stores/dynamodb/item.ts";
import { openClient } from "../../../../shared/stores/dynamodb/open.ts";
import { openRequests, type Requests } from "../../../../shared/stores/dynamodb/requests.ts";
import { serveRaw } from "../../../fakes/raw-server.ts";

interface Asked {
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
}
type Answer = { readonly status?: number; readonly body: object | string } | "lost";

beforeAll(() => {
  process.env["AWS_ACCESS_KEY_ID"] = "none";
  process.env["AWS_SECRET_ACCESS_KEY"] = "none";
});
afterAll(() => {
  delete process.env["AWS_ACCESS_KEY_ID"];
  delete process.env["AWS_SECRET_ACCESS_KEY"];
});

/** The table's requests against a pure handler, with all that it was asked. */
async function against(
  answer: (asked: Asked, number: number) => Answer,
  work: (requests: Requests) => Promise<void>,
): Promise<readonly Asked[]> {
  const all: Asked[] = [];
  const server = await serveRaw(({ headers, body }, response) => {
    const asked = { operation: String(headers["x-amz-target"]).split(".")[1] ?? "", body: JSON.parse(body) };
    all.push(asked);
    const given = answer(asked, all.length);
    if (given === "lost") response.destroy();
    else {
      const text = typeof given.body === "string" ? given.body : JSON.stringify(given.body);
      response.writeHead(given.status ?? 200, { "content-type": "application/x-amz-json-1.0" }).end(text);
    }
  });
  const client = openClient({ region: "eu-central-1", endpoint: `http://${server.host}` });
  try {
    await work(openRequests(client, "gate"));
  } finally {
    client.destroy();
    await server.close();
  }
  return all;
}

const failure = (name: string, more: object = {}): Answer => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, ...more },
});
const key = (name: string) => ({ pk: name, sk: "s" });
const item = (name: string, writer = "me"): Item => ({ pk: { S: name }, sk: { S: "s" }, w: { S: writer } });
const OK: Answer = { body: {} };

test("what decides is read strongly consistent, an index is not", async () => {
  const asked = await against(
    () => OK,
    async (requests) => {
      await requests.get(key("a"));
      await Array.fromAsync(requests.query({ hash: "h", from: "a", to: "b" }));
      await Array.fromAsync(requests.query({ hash: "h", index: { name: "place", hash: "gp", sort: "gs" }, descending: true, page: 5 }));
    },
  );
  expect(asked.map(({ body }) => body["ConsistentRead"])).toEqual([true, true, undefined]);
  expect(asked[1]?.body["KeyConditionExpression"]).toBe("#h = :h AND #s BETWEEN :f AND :t");
  expect(asked[2]?.body).toMatchObject({ IndexName: "place", Limit: 5, ScanIndexForward: false });
});

test("a list is read page by page to its end", async () => {
  const pages = [{ Items: [item("a")], LastEvaluatedKey: item("a") }, { Items: [], LastEvaluatedKey: item("b") }, { Items: [item("c")] }];
  const found: Item[] = [];
  await against(
    (_, number) => ({ body: pages[number - 1] ?? {} }),
    async (requests) => {
      for await (const each of requests.query({ hash: "h" })) found.push(each);
    },
  );
  expect(found).toEqual([item("a"), item("c")]);
});

test("many keys are read by the hundred, each once, and what a batch left out is asked again", async () => {
  const names = Array.from({ length: 150 }, (_, number) => `k${number}`);
  let found: readonly (Item | undefined)[] = [];
  const asked = await against(
    ({ body }, number) => {
      const keys = JSON.parse(JSON.stringify(body)).RequestItems.gate.Keys;
      const [left, answered] = number === 1 ? [keys.slice(0, 10), keys.slice(10)] : [[], keys];
      return { body: { Responses: { gate: answered }, UnprocessedKeys: left.length === 0 ? {} : { gate: { Keys: left } } } };
    },
    async (requests) => {
      found = await requests.getAll([...names, "k0"].map(key));
    },
  );
  expect(asked).toHaveLength(3);
  expect(found.map((each) => each?.["pk"]?.S)).toEqual([...names, "k0"]);
});

test("one write is a guarded put or delete, several are one transaction with the same guards", async () => {
  const asked = await against(
    () => OK,
    async (requests) => {
      await requests.write([{ key: key("new"), item: item("new") }]);
      await requests.write([{ key: key("old"), read: { rev: 3, writer: "before" } }]);
      await requests.write([
        { key: key("new"), item: item("new") },
        { key: key("old"), read: { rev: 3, writer: "before" } },
      ]);
      await requests.write([]);
    },
  );
  expect(asked.map(({ operation }) => operation)).toEqual(["PutItem", "DeleteItem", "TransactWriteItems"]);
  expect(asked[0]?.body).toMatchObject({ ConditionExpression: "attribute_not_exists(pk)" });
  expect(asked[1]?.body).toMatchObject({
    ConditionExpression: "r = :r AND w = :w",
    ExpressionAttributeValues: { ":r": { N: "3" }, ":w": { S: "before" } },
  });
  expect(asked[2]?.body["TransactItems"]).toMatchObject([
    { Put: { ConditionExpression: "attribute_not_exists(pk)" } },
    { Delete: { ConditionExpression: "r = :r AND w = :w" } },
  ]);
});

test("a transaction whose answer was lost is repeated with the same token", async () => {
  const asked = await against(
    (_, number) => (number === 1 ? "lost" : OK),
    (requests) =>
      requests.write([
        { key: key("a"), item: item("a") },
        { key: key("b"), item: item("b") },
      ]),
  );
  const tokens = asked.map(({ body }) => body["ClientRequestToken"]);
  expect(tokens).toHaveLength(2);
  expect(tokens[0]).toEqual(expect.any(String));
  expect(tokens[1]).toBe(tokens[0]);
});

test("a write that meets itself was done, one that meets another's is overtaken", async () => {
  const refusal = (writer: string): Answer => failure("ConditionalCheckFailedException", { Item: item("a", writer) });
  const write = (requests: Requests) => requests.write([{ key: key("a"), item: item("a"), read: { rev: 1, writer: "before" } }]);
  await against(() => refusal("me"), write);
  await against(
    () => refusal("another"),
    async (requests) => {
      const error: unknown = await write(requests).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(isOvertaken(error)).toBe(true);
    },
  );
});

test.each([
  ["ThrottlingException", "rate-limited"],
  ["ResourceNotFoundException", "not-found"],
  ["AccessDeniedException", "forbidden"],
  ["UnrecognizedClientException", "unauthorized"],
])("%s is told as %s", async (name, code) => {
  await against(
    () => failure(name),
    async (requests) => {
      const error: unknown = await requests.get(key("a")).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(AdapterError);
      expect(error).toMatchObject({ code, retryable: code === "rate-limited" });
    },
  );
});

test.each([
  ["a page of something on the way", { status: 503, body: "<html>Service Unavailable</html>" }],
  ["nothing", { status: 500, body: "" }],
  ["a name that is not known", { status: 500, body: { __type: "com.amazon.coral.service#InternalFailure" } }],
])("an answer of the server's side with %s is told as unreachable", async (_, answer) => {
  await against(
    () => answer,
    (requests) => expect(requests.get(key("a"))).rejects.toMatchObject({ code: "unreachable", retryable: true }),
  );
});

test("whatever call of the system fails is told as unreachable", () => {
  const error = Object.assign(new Error("getaddrinfo EAI_AGAIN"), { code: "EAI_AGAIN", syscall: "getaddrinfo" });
  expect(tableFault(error)).toMatchObject({ code: "unreachable", retryable: true });
});

test.each(["ThrottlingError", "ProvisionedThroughputExceeded"])("a transaction that was throttled is no conflict: %s", async (Code) => {
  const reasons = [{ Code: "ConditionalCheckFailed" }, { Code }];
  await against(
    () => failure("TransactionCanceledException", { CancellationReasons: reasons }),
    async (requests) => {
      const writes = ["a", "b"].map((name) => ({ key: key(name), item: item(name) }));
      const error: unknown = await requests.write(writes).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ code: "rate-limited", retryable: true });
    },
  );
});

test("a table that takes a request and never answers is told as timeout", async () => {
  const silent = await serveRaw(() => {});
  const client = openClient(
    { region: "eu-central-1", endpoint: `http://${silent.host}` },
    { connectionTimeout: 1_000, requestTimeout: 30 },
  );
  await expect(openRequests(client, "gate").get(key("a"))).rejects.toMatchObject({ code: "timeout", retryable: true });
  client.destroy();
  await silent.close();
});

test("of many requests at once none is taken for lost because it waits for the others", async () => {
  // On fifty connections they take longer together than one of them may.
  const [answerAfterMs, requestTimeout, many] = [300, 1_000, 200];
  let most = 0;
  let open = 0;
  const slow = await serveRaw((_, response) => {
    open += 1;
    most = Math.max(most, open);
    // On a busy machine one may take too long, and its connection is closed.
    response.once("close", () => {
      open -= 1;
    });
    setTimeout(() => response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end("{}"), answerAfterMs);
  });
  const client = openClient({ region: "eu-central-1", endpoint: `http://${slow.host}` }, { connectionTimeout: 1_000, requestTimeout });
  const requests = openRequests(client, "gate");
  await Promise.all(Array.from({ length: many }, (_, number) => requests.get(key(String(number)))));
  expect(most).toBeLessThanOrEqual(50);
  client.destroy();
  await slow.close();
});
