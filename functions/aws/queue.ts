import type { Log } from "../../shared/ports/log.ts";
import type { Message } from "./envelope.ts";
import type { Postpone } from "./work-off.ts";

/** Without a queue's address a message comes again when its visibility timeout ends. The client is loaded when something is to be tried again. */
export function postponing(queue: URL | undefined, log: Log): Postpone {
  if (queue === undefined) return async () => {};
  return async ({ receipt, record }: Message, forMs) => {
    const { SQSClient, ChangeMessageVisibilityCommand } = await import("@aws-sdk/client-sqs");
    const client = new SQSClient({ ...endpointOf(queue) });
    const VisibilityTimeout = Math.ceil(forMs / 1_000);
    try {
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl: queue.href, ReceiptHandle: receipt, VisibilityTimeout }));
    } catch (error) {
      // It comes again all the same, later.
      log.warn("A message could not be postponed.", { record, why: error instanceof Error ? error.name : String(error) });
    } finally {
      client.destroy();
    }
  };
}

/** Puts a text into the queue. */
export async function send(queue: URL, text: string): Promise<void> {
  const { SQSClient, SendMessageCommand } = await import("@aws-sdk/client-sqs");
  const client = new SQSClient({ ...endpointOf(queue) });
  try {
    await client.send(new SendMessageCommand({ QueueUrl: queue.href, MessageBody: text }));
  } finally {
    client.destroy();
  }
}

/** Queues are asked where their address says; a stand-in on loopback too. */
function endpointOf({ origin }: URL): { readonly endpoint: string } {
  return { endpoint: origin };
}
