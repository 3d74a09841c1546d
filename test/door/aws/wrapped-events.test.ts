import type { SQSRecord } from "aws-lambda";
import { expect, test } from "vitest";
import { onRegistryEvent } from "../../../functions/aws/on-registry-event.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { openDoorGate, told } from "./door-gate.ts";
import { batch, sqsRecord, turn } from "./woken.ts";

type Wired = Awaited<ReturnType<typeof openDoorGate>>["wired"];

async function comingAgain(wired: Wired, ...records: readonly SQSRecord[]): Promise<readonly string[]> {
  const { batchItemFailures } = await onRegistryEvent(wired, batch(...records), turn());
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort();
}

test("an event in a wrapping that is not read stays, and ends with the dead letters", async () => {
  const { wired, push, lines } = await openDoorGate();
  const event = told("PUSH", await push("shop/api", "v1", imageNamed("one")), "v1");
  const wrapped = {
    hello: { hello: "world" },
    pipe: { messageId: "1", eventSource: "aws:sqs", body: event },
    records: { Records: [JSON.parse(event)] },
    text: { ...JSON.parse(event), detail: JSON.stringify(JSON.parse(event).detail) },
  };
  const records = Object.entries(wrapped).map(([id, body]) => sqsRecord(JSON.stringify(body), { id }));
  expect(await comingAgain(wired, ...records)).toEqual(Object.keys(wrapped).toSorted());
  expect(lines.filter((line) => line.includes("is no event that anybody here reads"))).toHaveLength(4);
});

test("an event in the notification of a topic is heard", async () => {
  const { wired, push, record } = await openDoorGate();
  const key = await push("shop/api", "v1", imageNamed("one"));
  const notification = { Type: "Notification", MessageId: "m-1", TopicArn: "arn:aws:sns:x", Message: told("PUSH", key, "v1") };
  expect(await comingAgain(wired, sqsRecord(JSON.stringify(notification)))).toEqual([]);
  expect((await record(key))?.hold.kind).toBe("held");
});
