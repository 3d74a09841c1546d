import { randomUUID } from "node:crypto";
import type { Context, SQSEvent, SQSRecord } from "aws-lambda";
import { type Turn, turnOf } from "../../../functions/aws/turn.ts";

const QUEUE = "arn:aws:sqs:eu-central-1:123456789012:moorgate-events";

export interface Sent {
  readonly id?: string;
  readonly receives?: number;
  readonly sentAt?: number;
}

/** A record as the event source mapping of a queue hands it over. */
export function sqsRecord(body: string, { id = randomUUID(), receives = 1, sentAt = Date.now() }: Sent = {}): SQSRecord {
  return {
    messageId: id,
    receiptHandle: `AQEB${id}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAt),
      SenderId: "AIDAIENQZJOLO23YVJ4VO",
      ApproximateFirstReceiveTimestamp: String(sentAt + 5),
    },
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: QUEUE,
    awsRegion: "eu-central-1",
  };
}

export function batch(...Records: readonly SQSRecord[]): SQSEvent {
  return { Records: [...Records] };
}

/** The time that a call has: whole, or as a test sets it. */
export function lambdaContext(leftMs: () => number = () => 60_000): Pick<Context, "getRemainingTimeInMillis"> {
  return { getRemainingTimeInMillis: leftMs };
}

/** A turn that ends by itself when the test is over. */
export function turn(leftMs?: () => number): Turn {
  return turnOf(lambdaContext(leftMs));
}
