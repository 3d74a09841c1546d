import { setTimeout as wait } from "node:timers/promises";
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import type { RunningFunction } from "./functions.ts";
import { type Queue, REGION } from "./moto.ts";

export interface QueueSource {
  /** Requests to the queue that were made. */
  readonly requests: { receive: number; delete: number; messages: number };
  stop(): Promise<void>;
}

const IDLE_MS = 100;

/**
 * Hands batches of a queue to a function, as the service does it with `ReportBatchItemFailures`: what is not named as failed is deleted, and
 * everything is left to its visibility timeout where the function fails.
 */
export function pollQueue(sqs: SQSClient, queue: Queue, target: RunningFunction, batchSize: number, pollers: number): QueueSource {
  const requests = { receive: 0, delete: 0, messages: 0 };
  const state = { isOver: false };
  async function one(): Promise<void> {
    while (!state.isOver) {
      const messages = await receive(sqs, queue, batchSize);
      if (messages.length === 0) {
        await wait(IDLE_MS);
        continue;
      }
      requests.receive += 1;
      requests.messages += messages.length;
      const done = await handOver(target, queue, messages);
      if (done.length === 0) continue;
      requests.delete += 1;
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: done.map(entryOf) }));
    }
  }
  const running = Array.from({ length: pollers }, one);
  return {
    requests,
    async stop() {
      state.isOver = true;
      await Promise.all(running);
    },
  };
}

async function receive(sqs: SQSClient, { url }: Queue, batchSize: number): Promise<readonly Message[]> {
  const asked = { QueueUrl: url, MaxNumberOfMessages: batchSize, MessageSystemAttributeNames: ["All" as const], WaitTimeSeconds: 0 };
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

function entryOf({ MessageId, ReceiptHandle }: Message, place: number) {
  return { Id: MessageId ?? String(place), ReceiptHandle };
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
