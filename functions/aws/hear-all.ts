import type { GateDeps } from "../../shared/pipeline/deps.ts";
import { hear } from "../../shared/pipeline/hear.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { canaryDelivery, type Message, readTold } from "./envelope.ts";
import type { Asked } from "./work-off.ts";

/** What the messages ask for. Those that ask for nothing are finished; those that nobody can read are not, and end with the dead letters. */
export async function hearAll(deps: GateDeps, messages: readonly Message[], finished: Set<string>): Promise<readonly Asked[]> {
  const heard = await Promise.all(messages.map((message) => hearOne(deps, message)));
  messages.forEach(({ record }, place) => {
    if (heard[place]?.length === 0) finished.add(record);
  });
  return heard.flatMap((asked) => asked ?? []);
}

/** `undefined`: nobody can read it. */
async function hearOne(deps: GateDeps, message: Message): Promise<readonly Asked[] | undefined> {
  const now = deps.clock.now();
  try {
    const told = readTold(message);
    if (told.kind === "canary") {
      await deps.queue.put([], now, canaryDelivery(told.id));
      return [];
    }
    const heard = await hear(deps, { headers: {}, body: message.body, receivedAt: now });
    const { record } = message;
    if (heard.kind === "malformed") deps.log.error("A message is no event that anybody here reads.", { record, why: heard.why });
    else {
      if (heard.skipped.length > 0) deps.log.info("A part of a message was passed over.", { record, why: heard.skipped.join("; ") });
      return heard.pieces.map((piece) => ({ ...piece, message }));
    }
  } catch (error) {
    // A defect of ours too: it keeps none of the other messages back.
    deps.log.error("A message is not taken in; it comes again, or ends with the dead letters.", {
      record: message.record,
      why: whyOf(error),
    });
  }
  return undefined;
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof AdapterError ? error.message : (error.stack ?? error.message);
}
