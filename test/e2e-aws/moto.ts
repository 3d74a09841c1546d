import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { namedLocks } from "../../shared/runtime/locks.ts";
import { freePort, start, until } from "../running/process.ts";
import { findProgram } from "../running/programs.ts";

export const REGION = "eu-central-1";
const ACCOUNT = "123456789012";
const KEYS = { accessKeyId: "local", secretAccessKey: "local" };

/** SQS and EventBridge of one account, by moto in a process of its own. */
export interface Moto {
  readonly sqs: SQSClient;
  readonly pid: number;
  /**
   * What puts messages into queues or takes them out of them, one after the other: while moto deletes one it loses what comes meanwhile (5.2.5, `Queue.delete_message`
   * makes a new list of those that stay).
   */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Asks EventBridge; there is no client of its own here. */
  events(operation: string, input: object): Promise<Readonly<Record<string, unknown>>>;
  /** A queue that gives up what was received too often. */
  queue(name: string, visibilitySeconds: number, mostReceives: number): Promise<Queue>;
  stop(): Promise<void>;
}

export interface Queue {
  readonly url: string;
  readonly arn: string;
  /** Where messages go that were received too often. */
  readonly givenUp: string;
  /** Where goes what a stream or a rule could not hand over. */
  readonly undelivered: string;
}

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const server = start(findProgram("moto_server"), ["-H", "127.0.0.1", "-p", String(port)]);
  const endpoint = `http://127.0.0.1:${port}`;
  await until("moto to answer", async () => (await fetch(endpoint)).status, 60_000);
  const locks = namedLocks();
  const sqs = new SQSClient({ region: REGION, endpoint, credentials: KEYS });
  return {
    sqs,
    pid: server.pid,
    alone: (work) => locks.run("queues", work),
    events: (operation, input) => askEvents(endpoint, operation, input),
    queue: (name, visibility, most) => makeQueue(sqs, name, visibility, most),
    async stop() {
      sqs.destroy();
      await server.end("SIGKILL");
    },
  };
}

async function askEvents(endpoint: string, operation: string, input: object): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      // Which service is meant, the scope of the credential says; moto looks at nothing else of it.
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${REGION}/events/aws4_request, SignedHeaders=host, Signature=0`,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSEvents.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`EventBridge ${operation}: ${response.status} ${text.slice(0, 500)}`);
  return text === "" ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
}

async function makeQueue(sqs: SQSClient, name: string, visibility: number, mostReceives: number): Promise<Queue> {
  const { QueueUrl: givenUp = "" } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-given-up` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: givenUp, AttributeNames: ["QueueArn"] }));
  const { QueueUrl: undelivered = "" } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-undelivered` }));
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.["QueueArn"], maxReceiveCount: mostReceives });
  const asked = { QueueName: name, Attributes: { VisibilityTimeout: String(visibility), RedrivePolicy } };
  const { QueueUrl: url = "" } = await sqs.send(new CreateQueueCommand(asked));
  return { url, givenUp, undelivered, arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}` };
}

/** Messages that wait, as the metric of alarms counts them. */
export async function visibleIn(sqs: SQSClient, url: string): Promise<number> {
  const asked = { QueueUrl: url, AttributeNames: ["ApproximateNumberOfMessages" as const] };
  return Number((await sqs.send(new GetQueueAttributesCommand(asked))).Attributes?.["ApproximateNumberOfMessages"] ?? 0);
}

/** Messages that wait or are hidden. */
export async function messagesIn(sqs: SQSClient, url: string): Promise<number> {
  const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...AttributeNames] }));
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}
