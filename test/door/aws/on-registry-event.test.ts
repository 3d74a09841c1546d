import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { onRegistryEvent } from "../../../functions/aws/on-registry-event.ts";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { notification, wiringOf } from "./door-gate.ts";
import { batch, sqsRecord, turn } from "./woken.ts";

let small: SmallGate;
beforeEach(async () => {
  small = await startSmallGate();
  small.loseEvents(true);
});
afterEach(() => small.stop());

const failed = (response: Awaited<ReturnType<typeof onRegistryEvent>>) =>
  response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

describe("a batch of events", () => {
  test("an image that was pushed is judged and held before the batch is answered", async () => {
    const key = await small.push("shop/api", "v1", imageNamed("one"));
    const { wired } = wiringOf(small);
    const body = notification(small.host, { action: "push", repository: "shop/api", digest: key.digest, tag: "v1" });
    expect(failed(await onRegistryEvent(wired, batch(sqsRecord(body)), turn()))).toEqual([]);
    const record = await small.record(key);
    expect(record.verdict?.kind).toBe("violating");
    expect(record.hold.kind).toBe("held");
  });
});
