import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import type { ChangeRecord } from "../../shared/ports/outbox.ts";
import { door } from "./door.ts";
import { changesIn, startOf } from "./envelope.ts";
import { type Forwarding, forwardAll } from "./forward-all.ts";
import { inTime, type Turn } from "./turn.ts";
import { wiredForward } from "./wire-forward.ts";

/**
 * Woken by the table's stream, and by a schedule for what is late. When the time was too short the stream comes again at once; from the first
 * record whose item cannot be read too, until it is given up and lies with the undelivered. The others are numbered and sent all the same.
 */
export async function forwardAudit(
  forwarding: Forwarding,
  event: Partial<DynamoDBStreamEvent>,
  turn: Turn,
): Promise<DynamoDBBatchResponse> {
  const records = event.Records ?? [];
  const again = from(startOf(records));
  const forwarded = async (): Promise<DynamoDBBatchResponse> => {
    const [broken] = await numbered(forwarding, changesIn(records));
    return (await forwardAll(forwarding, turn)) ? from(broken) : again;
  };
  return inTime(turn, forwarded, () => again);
}

async function numbered({ outbox, log }: Forwarding, changes: readonly ChangeRecord[]): Promise<readonly string[]> {
  const broken = (await outbox?.number(changes)) ?? [];
  if (broken.length > 0)
    log.error("Items of the table cannot be read; what they have to tell is not told.", { records: broken.join(", ") });
  return broken;
}

function from(record: string | undefined): DynamoDBBatchResponse {
  return { batchItemFailures: record === undefined ? [] : [{ itemIdentifier: record }] };
}

export const handler = door(async (event: Partial<DynamoDBStreamEvent>, turn) => forwardAudit(await wiredForward(), event, turn));
