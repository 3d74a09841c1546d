import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEventV2, Context, DynamoDBStreamEvent, SQSEvent, SQSRecord } from "aws-lambda";
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
function lambdaContext(leftMs: () => number = () => 60_000): Pick<Context, "getRemainingTimeInMillis"> {
  return { getRemainingTimeInMillis: leftMs };
}

/** A turn that ends by itself when the test is over. */
export function turn(leftMs?: () => number): Turn {
  return turnOf(lambdaContext(leftMs));
}

export const DOMAIN = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws";

/** A request as a Function URL hands it over (payload format 2.0). */
export function urlEvent(method: string, rawPath: string, more: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 {
  const path = more.rawPath ?? rawPath;
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    isBase64Encoded: false,
    requestContext: {
      accountId: "anonymous",
      apiId: DOMAIN.slice(0, 32),
      domainName: DOMAIN,
      domainPrefix: DOMAIN.slice(0, 32),
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.7", userAgent: "test" },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: "22/Nov/2026:03:00:00 +0000",
      timeEpoch: 1_795_316_400_000,
    },
    ...more,
    headers: { host: DOMAIN, "x-forwarded-proto": "https", ...more.headers },
  };
}

/** Records of the table's stream, of items that have something to tell. */
export function streamEvent(...numbers: readonly string[]): DynamoDBStreamEvent {
  const Records = numbers.map((SequenceNumber) => ({
    eventID: randomUUID(),
    eventName: "MODIFY" as const,
    eventSource: "aws:dynamodb",
    eventVersion: "1.1",
    awsRegion: "eu-central-1",
    eventSourceARN: "arn:aws:dynamodb:eu-central-1:123456789012:table/moorgate/stream/2026-11-22T00:00:00.000",
    dynamodb: {
      ApproximateCreationDateTime: 1_795_316_400,
      Keys: { pk: { S: "image#r/shop/api@sha256:0" }, sk: { S: "image" } },
      NewImage: { o: { N: "1" } },
      SequenceNumber,
      SizeBytes: 120,
      StreamViewType: "NEW_IMAGE" as const,
    },
  }));
  return { Records };
}
