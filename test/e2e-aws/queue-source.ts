import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import type { RunningFunction } from "./functions.ts";
import { type Moto, type Queue, REGION } from "./moto.ts";

export interface QueueSource {
  /** Requests to the queue that were made. */
  readonly requests: { receive: number; delete: number; messages: number };
  stop(): Promise<void>;
}

/** A poll that finds nothing waits so long for a message. */
const POLL_S = 2;

export interface QueuePlan {
  readonly batchSize: number;
  /** So long a batch is waited for to be full. */
  readonly windowSeconds: number;
  readonly pollers: number;
}

/**
 * Hands batches of a queue to a function, as the service does it with `ReportBatchItemFailures`: what is not named as failed is deleted, and
 * everything is left to its visibility timeout where the function fails.
 */
export function pollQueue({ sqs, alone }: Moto, queue: Queue, target: RunningFunction, plan: QueuePlan): QueueSource {
  const requests = { receive: 0, delete: 0, messages: 0 };
  const state = { isOver: false };

  async function gather(): Promise<readonly Message[]> {
    const messages: Message[] = [];
    let until = Number.POSITIVE_INFINITY;
    while (!state.isOver && messages.length < plan.batchSize && performance.now() < until) {
      const leftS = Math.ceil((until - performance.now()) / 1_000);
      const received = await receive(sqs, queue, plan.batchSize - messages.length, Math.min(POLL_S, leftS));
      if (received.length === 0) continue;
      requests.receive += 1;
      requests.messages += received.length;
      messages.push(...received);
      until = Math.min(until, performance.now() + plan.windowSeconds * 1_000);
    }
    return messages;
  }

  async function one(): Promise<void> {
    while (!state.isOver) {
      const messages = await gather();
      if (messages.length === 0) continue;
      const done = await handOver(target, queue, messages);
      if (done.length === 0) continue;
      requests.delete += 1;
      await alone(() => sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: done.map(entryOf) })));
    }
  }
  const running = Array.from({ length: plan.pollers }, one);
  return {
    requests,
    async stop() {
      state.isOver = true;
      await Promise.all(running);
    },
  };
}

async function receive(sqs: SQSClient, { url }: Queue, most: number, WaitTimeSeconds: number): Promise<readonly Message[]> {
  const asked = { QueueUrl: url, MaxNumberOfMessages: most, MessageSystemAttributeNames: ["All" as const], WaitTimeSeconds };
  return (await sqs.send(new ReceiveMessageCommand(asked))).Messages ?? [];
}

/** @returns those that are done with */
async function handOver(target: RunningFunction, queue: Queue, messages: readonly Message[]): Promise<readonly Message[]> {
  try {
    const answer = (await target.invoke({ Records: messages.map((message) => recordOf(message, queue)) })) as SQSBatchResponse;
    const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    return messages.filter(({ MessageId = "" }) => !failed.has(MessageId));
  } catch {
    return [];
  }
}

function entryOf({ ReceiptHandle }: Message, place: number) {
  return { Id: String(place), ReceiptHandle };
}

function recordOf({ MessageId = "", ReceiptHandle = "", Body = "", MD5OfBody = "", Attributes = {} }: Message, queue: Queue): SQSRecord {
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: {
      ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? "1",
      SentTimestamp: Attributes.SentTimestamp ?? "0",
      SenderId: Attributes.SenderId ?? "",
      ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? "0",
    },
    messageAttributes: {},
    md5OfBody: MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queue.arn,
    awsRegion: REGION,
  };
}
