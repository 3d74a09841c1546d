import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { door } from "./door.ts";
import { startOf } from "./envelope.ts";
import { type Forwarding, forwardAll } from "./forward-all.ts";
import { inTime, type Turn } from "./turn.ts";
import { wiredForward } from "./wire-forward.ts";

/** Woken by the table's stream, and by a schedule for what is late. When the time was too short the stream comes again at once. */
export async function forwardAudit(
  forwarding: Forwarding,
  event: Partial<DynamoDBStreamEvent>,
  turn: Turn,
): Promise<DynamoDBBatchResponse> {
  const start = startOf(event.Records ?? []);
  const again = { batchItemFailures: start === "" ? [] : [{ itemIdentifier: start }] };
  const forwarded = forwardAll(forwarding, turn).then((isEnough) => (isEnough ? { batchItemFailures: [] } : again));
  return inTime(turn, forwarded, () => again);
}

export const handler = door(async (event: Partial<DynamoDBStreamEvent>, turn) => forwardAudit(await wiredForward(), event, turn));
