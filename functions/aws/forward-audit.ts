import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { door } from "./door.ts";
import { startOf } from "./envelope.ts";
import { forwardAll } from "./forward-all.ts";
import { inTime, type Turn } from "./turn.ts";
import { type Wired, wired } from "./wire.ts";

/** Woken by the table's stream, and by a schedule for what is late. When the time was too short the stream comes again at once. */
export async function forwardAudit(wiring: Wired, event: Partial<DynamoDBStreamEvent>, turn: Turn): Promise<DynamoDBBatchResponse> {
  const start = startOf(event.Records ?? []);
  const again = { batchItemFailures: start === "" ? [] : [{ itemIdentifier: start }] };
  return inTime(
    turn,
    forwardAll(wiring, turn).then((isEnough) => (isEnough ? { batchItemFailures: [] } : again)),
    () => again,
  );
}

export const handler = door(async (event: Partial<DynamoDBStreamEvent>, turn) => forwardAudit(await wired(), event, turn));
