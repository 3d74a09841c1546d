import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { WorkQueue } from "../../shared/ports/work-queue.ts";
import { canaryDelivery, canaryText } from "./envelope.ts";

export interface CanaryDeps {
  readonly queue: Pick<WorkQueue, "put">;
  readonly send: (text: string) => Promise<void>;
  readonly clock: Clock;
  readonly waitMs: number;
}

/**
 * Puts a message into the queue of events, and looks whether on-registry-event took it.
 * @throws AdapterError where it did not: an alarm counts the errors of the function
 */
export async function sing({ queue, send, clock, waitMs }: CanaryDeps): Promise<void> {
  const id = randomUUID();
  await send(canaryText(id));
  await wait(waitMs);
  const known = await queue.put([], clock.now(), canaryDelivery(id));
  if (known !== "duplicate") throw new AdapterError("timeout", `a message in the queue of events was not taken within ${waitMs} ms`);
}
