import { once } from "node:events";
import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** What becomes of one request. `lost-before`: it never arrives. `lost-after`: it is done, and nobody hears of it. The others: it is refused so. */
export type Fate = "pass" | "lost-before" | "lost-after" | keyof typeof REFUSALS;

// AWS API reference, "Errors" of PutItem.
const REFUSALS = {
  throttle: { __type: "com.amazonaws.dynamodb.v20120810#ThrottlingException", message: "slow down" },
  conflict: { __type: "com.amazonaws.dynamodb.v20120810#TransactionConflictException", message: "Transaction is ongoing for the item" },
} as const;

export interface Call {
  readonly operation: string;
  /** Of the first item that it names: `image`, `tag`, `journal`. */
  readonly kind: string;
  readonly capacity: number;
  /** Of the capacity, what the indexes took. */
  readonly indexes: number;
}

export interface Proxy {
  readonly endpoint: string;
  /** Calls that arrived since it was asked last. */
  take(): readonly Call[];
  stop(): Promise<void>;
}

/** Stands before DynamoDB Local: counts what each call costs, and loses calls as a network does. */
export async function startProxy(
  upstream: string,
  fateOf: (operation: string, path: string) => Fate | Promise<Fate> = () => "pass",
): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true });
  let calls: Call[] = [];
  const server = createServer((request, response) => {
    handle({ upstream, agent }, request, response, fateOf(operationOf(request), request.url ?? "/")).then(
      (call) => void (call === undefined ? undefined : calls.push(call)),
      () => response.destroy(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    take() {
      const taken = calls;
      calls = [];
      return taken;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      agent.destroy();
    },
  };
}

interface Upstream {
  readonly upstream: string;
  readonly agent: Agent;
}

async function handle(
  to: Upstream,
  request: IncomingMessage,
  response: ServerResponse,
  given: Fate | Promise<Fate>,
): Promise<Call | undefined> {
  const [body, fate] = [await textOf(request), await given];
  if (fate === "lost-before") {
    response.destroy();
    return undefined;
  }
  if (fate === "throttle" || fate === "conflict") {
    response.writeHead(400, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(REFUSALS[fate]));
    return undefined;
  }
  const operation = operationOf(request);
  const headers = { ...headersOf(request), "content-type": "application/x-amz-json-1.0" };
  const { status, text } = await send(to, headers, operation.startsWith("Describe") ? body : withCapacity(body));
  if (fate === "lost-after") response.destroy();
  else response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(text);
  return { operation, kind: kindIn(body), ...capacityOf(operation, JSON.parse(text), body.includes('"ConsistentRead":true')) };
}

/** As text: a body is read and written again for each call otherwise. */
function withCapacity(body: string): string {
  const open = body.trimEnd().slice(0, -1);
  return `${open}${open.trimEnd().endsWith("{") ? "" : ","}"ReturnConsumedCapacity":"INDEXES"}`;
}

async function send({ upstream, agent }: Upstream, headers: Readonly<Record<string, string>>, body: string) {
  const asking = ask(upstream, { method: "POST", agent, headers: { ...headers, "content-length": Buffer.byteLength(body) } });
  asking.end(body);
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 500, text: await textOf(answer) };
}

function operationOf({ headers }: IncomingMessage): string {
  return String(headers["x-amz-target"]).split(".").at(-1) ?? "";
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const kept = ["x-amz-date", "x-amz-target"].flatMap((name) => (typeof headers[name] === "string" ? [[name, headers[name]]] : []));
  // Each access key has tables of its own there, whatever signed for it; a gate may come with another than the test.
  const authorization = (headers.authorization ?? "").replace(/Credential=[^/]+\//, "Credential=local/");
  return { ...Object.fromEntries(kept), authorization };
}

interface Capacity {
  readonly CapacityUnits?: number;
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits: number }>>;
}

/** DynamoDB Local takes nothing for a query that finds nothing. The service takes what the smallest read takes. */
const SMALLEST = { consistent: 1, eventual: 0.5 } as const;

/** What stands before the name in the key of an item, or in the place of a query. */
function kindIn(body: string): string {
  return /"(?:pk|:h)":\{"S":"([a-z]+)/.exec(body)?.[1] ?? "none";
}

function capacityOf(
  operation: string,
  answer: { readonly ConsumedCapacity?: Capacity | readonly Capacity[] },
  isConsistent: boolean,
): Pick<Call, "capacity" | "indexes"> {
  const all = [answer.ConsumedCapacity ?? []].flat();
  const least = operation !== "Query" ? 0 : isConsistent ? SMALLEST.consistent : SMALLEST.eventual;
  const sum = (of: (capacity: Capacity) => number): number => all.reduce((total, each) => total + of(each), 0);
  const indexes = (each: Capacity): number =>
    Object.values(each.GlobalSecondaryIndexes ?? {}).reduce((total, index) => total + index.CapacityUnits, 0);
  return {
    capacity: Math.max(
      least,
      sum(({ CapacityUnits = 0 }) => CapacityUnits),
    ),
    indexes: sum(indexes),
  };
}
