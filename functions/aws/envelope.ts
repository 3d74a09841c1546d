import type { DynamoDBRecord, SQSRecord } from "aws-lambda";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { ChangeRecord } from "../../shared/ports/outbox.ts";
import { readJson } from "../../shared/runtime/json.ts";

/** The most that SQS and EventBridge carry since January 2026. */
const MOST_BYTES = 1_048_576;
const MOST_DEPTH = 64;

/** What came in one record of the queue. */
export interface Message {
  /** Of the record: what a batch item failure names. */
  readonly record: string;
  readonly body: Uint8Array;
  /** How often it was received, this time included. */
  readonly receives: number;
  /** Milliseconds; when it was put into the queue. */
  readonly sentAt: number;
  /** Names this receipt of it. */
  readonly receipt: string;
}

/** A delivery is for a registry's decoder; a canary only shows that messages come through. */
export type Told = { readonly kind: "delivery" } | { readonly kind: "canary"; readonly id: string };

export function readMessage({ messageId, body, receiptHandle, attributes }: SQSRecord): Message {
  return {
    record: messageId,
    body: Buffer.from(body, "utf8"),
    receives: wholeNumber(attributes.ApproximateReceiveCount, 1),
    sentAt: wholeNumber(attributes.SentTimestamp, 0),
    receipt: receiptHandle,
  };
}

/**
 * What the body is: an event of EventBridge, or what a registry posted, which goes on as it is; or a canary.
 * @throws AdapterError that names the record, where no decoder may be given it
 */
export function readTold({ record, body }: Pick<Message, "record" | "body">): Told {
  const document = readJson(body, { maxBytes: MOST_BYTES, maxDepth: MOST_DEPTH, place: `record ${record}` });
  if (!isObject(document)) throw new AdapterError("malformed", `record ${record}: no JSON object`);
  const canary = document[CANARY];
  return typeof canary === "string" && UUID.test(canary) ? { kind: "canary", id: canary } : { kind: "delivery" };
}

const CANARY = "moorgateCanary";
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function canaryText(id: string): string {
  return JSON.stringify({ [CANARY]: id });
}

/** The store's queue remembers deliveries: that of a canary tells that its message came through. */
export function canaryDelivery(id: string): string {
  return `canary:${id}`;
}

/** Where a stream stands: given back, everything from there on comes again. */
export function startOf(records: readonly DynamoDBRecord[]): string | undefined {
  return records[0]?.dynamodb?.SequenceNumber;
}

export function changesIn(records: readonly DynamoDBRecord[]): readonly ChangeRecord[] {
  return records.map(({ dynamodb }) => ({ id: dynamodb?.SequenceNumber ?? "", change: dynamodb }));
}

/** The task that a schedule's input names. @throws AdapterError */
export function readTask<Task extends string>(input: unknown, tasks: readonly Task[]): Task {
  const named = isObject(input) ? input["task"] : undefined;
  const task = tasks.find((each) => each === named);
  if (task !== undefined) return task;
  throw new AdapterError("malformed", `the schedule's input names no task`, {
    mend: `write {"task": "..."} with one of ${tasks.join(", ")}`,
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wholeNumber(text: string, otherwise: number): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : otherwise;
}
