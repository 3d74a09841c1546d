import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { door } from "./door.ts";
import { readMessage } from "./envelope.ts";
import { hearAll } from "./hear-all.ts";
import { postponing } from "./queue.ts";
import { inTime, type Turn } from "./turn.ts";
import { type Wired, wired } from "./wire.ts";
import { workOff } from "./work-off.ts";

/** Woken by events of registries, in batches. What is not done is named: it comes again, and ends with the dead letters. */
export async function onRegistryEvent(wiring: Wired, { Records }: SQSEvent, turn: Turn): Promise<SQSBatchResponse> {
  const { gate, settings, log } = wiring;
  const messages = Records.map(readMessage);
  const finished = new Set<string>();
  const left = (): SQSBatchResponse => ({
    batchItemFailures: messages.filter(({ record }) => !finished.has(record)).map(({ record }) => ({ itemIdentifier: record })),
  });
  const working = async (): Promise<SQSBatchResponse> => {
    await wiring.freshen();
    await workOff(gate.deps, await hearAll(gate.deps, messages, finished), turn, postponing(settings.eventsQueue, log), finished);
    return left();
  };
  return inTime(turn, working, left);
}

export const handler = door(async (event: SQSEvent, turn) => onRegistryEvent(await wired(), event, turn));
