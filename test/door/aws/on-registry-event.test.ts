import { randomUUID } from "node:crypto";
import type { SQSBatchResponse } from "aws-lambda";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { canaryDelivery, canaryText } from "../../../functions/aws/envelope.ts";
import { onRegistryEvent } from "../../../functions/aws/on-registry-event.ts";
import type { EventDecoder } from "../../../shared/ports/event-decoder.ts";
import { decoder } from "../../../shared/providers/aws/events.ts";
import { answer, serveRaw } from "../../fakes/raw-server.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { DIGEST, imageAction, trailEvent } from "../../fixtures/aws-events.ts";
import { type DoorGateOptions, openDoorGate, told } from "./door-gate.ts";
import { batch, sqsRecord, turn } from "./woken.ts";

function again({ batchItemFailures }: SQSBatchResponse): readonly string[] {
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort();
}

const KEYS = { AWS_REGION: "eu-central-1", AWS_ACCESS_KEY_ID: "none", AWS_SECRET_ACCESS_KEY: "none" };
const WAITING = { waiting: 1 };
const NOTHING = { waiting: 0, parked: 0 };

describe("a batch of events", () => {
  test("an image that was pushed is judged and held before the batch is answered, and nothing is queued for it", async () => {
    const { wired, push, record, store } = await openDoorGate();
    const key = await push("shop/api", "v1", imageNamed("one"));
    expect(again(await onRegistryEvent(wired, batch(sqsRecord(told("PUSH", key, "v1"))), turn()))).toEqual([]);
    expect(await record(key)).toMatchObject({ verdict: { kind: "violating" }, hold: { kind: "held" } });
    expect(await store.queue.depth()).toMatchObject(NOTHING);
  });

  test("the same event twice, in one batch or in two, changes nothing the second time", async () => {
    const { wired, push, record, commits, store } = await openDoorGate();
    const key = await push("shop/api", "v1", imageNamed("one"));
    const body = told("PUSH", key, "v1");
    expect(again(await onRegistryEvent(wired, batch(sqsRecord(body), sqsRecord(body)), turn()))).toEqual([]);
    const [first, entries] = [await record(key), await store.ledger.journal(0, 100)];
    const judged = commits.get(key.digest);
    // Sent long ago: a tag that was announced a moment ago is waited for.
    const late = sqsRecord(body, { sentAt: Date.now() - 60_000 });
    expect(again(await onRegistryEvent(wired, batch(late), turn()))).toEqual([]);
    expect((await record(key))?.hold).toEqual(first?.hold);
    expect(await store.ledger.journal(0, 100)).toEqual(entries);
    expect(judged).toBe(1);
  });

  test("events of registries that nobody watches are done with, and the log names each of these once", async () => {
    const { wired, lines } = await openDoorGate();
    const records = ["us-west-2", "us-west-2", "eu-west-1", "eu-central-1"].map((region, place) =>
      sqsRecord(JSON.stringify({ ...imageAction("DELETE"), region, id: `event-${place}` })),
    );
    expect(again(await onRegistryEvent(wired, batch(...records), turn()))).toEqual([]);
    await onRegistryEvent(wired, batch(...records), turn());
    const named = lines.filter((line) => line.includes("not watched")).map((line) => /ecr\.([a-z0-9-]+)\.amazonaws/.exec(line)?.[1]);
    expect(named).toEqual(["us-west-2", "eu-west-1"]);
  });

  test("a record that is no event is named, and keeps none of the others back", async () => {
    const { wired, push, record } = await openDoorGate();
    const key = await push("shop/api", "v1", imageNamed("one"));
    const poison = ["no JSON", "[]", "[".repeat(80) + "]".repeat(80), `{"pad":"${"x".repeat(1_048_576)}"}`];
    const records = poison.map((body, place) => sqsRecord(body, { id: `poison-${place}` }));
    const response = await onRegistryEvent(wired, batch(...records, sqsRecord(told("PUSH", key, "v1"))), turn());
    expect(again(response)).toEqual(records.map(({ messageId }) => messageId).sort());
    expect((await record(key))?.hold.kind).toBe("held");
  });

  test("a record on which a decoder fails is named, and keeps none of the others back", async () => {
    const { wired, push, record, lines } = await openDoorGate();
    const key = await push("shop/api", "v1", imageNamed("one"));
    const decode: EventDecoder["decode"] = (delivery) => {
      if (Buffer.from(delivery.body).includes("odd")) throw new TypeError("a defect of ours");
      return decoder.decode(delivery);
    };
    const { deps } = wired.gate;
    const registries = new Map(
      [...deps.registries].map(([host, each]) => [host, Object.create(each, { decoder: { value: { ...decoder, decode } } })]),
    );
    const failing = { ...wired, gate: { ...wired.gate, deps: { ...deps, registries } } };
    const records = [sqsRecord(JSON.stringify({ odd: true }), { id: "odd-one" }), sqsRecord(told("PUSH", key, "v1"))];
    expect(again(await onRegistryEvent(failing, batch(...records), turn()))).toEqual(["odd-one"]);
    expect((await record(key))?.hold.kind).toBe("held");
    expect(lines.some((line) => line.includes("odd-one") && line.includes("a defect of ours"))).toBe(true);
  });

  test("an event that tells of nothing is done with, and the log says what was passed over", async () => {
    const { wired, lines } = await openDoorGate();
    const body = JSON.stringify({ ...imageAction("PUSH"), source: "constructor" });
    expect(again(await onRegistryEvent(wired, batch(sqsRecord(body, { id: "odd-one" })), turn()))).toEqual([]);
    expect(lines.filter((line) => line.includes("odd-one"))).toHaveLength(1);
  });

  test("an event of a registry that is not watched, or of no image, is done with", async () => {
    const { wired, store } = await openDoorGate();
    const elsewhere = JSON.stringify({ ...imageAction("PUSH"), region: "us-west-2" });
    const noImage = JSON.stringify({
      ...imageAction("PUSH"),
      "detail-type": "Inspector2 AutoEnable",
      source: "aws.inspector2",
      detail: {},
    });
    expect(again(await onRegistryEvent(wired, batch(sqsRecord(elsewhere), sqsRecord(noImage)), turn()))).toEqual([]);
    expect(await store.queue.depth()).toMatchObject(NOTHING);
  });

  test("a push that comes after the deletion of the same image leaves what the registry says", async () => {
    const { wired, push, record } = await openDoorGate();
    const key = await push("shop/api", "v1", imageNamed("one"));
    const [pushed, deleted] = [told("PUSH", key, "v1"), told("DELETE", key, "v1")];
    const records = [sqsRecord(deleted, { sentAt: 1 }), sqsRecord(pushed, { sentAt: 2 })];
    expect(again(await onRegistryEvent(wired, batch(...records), turn()))).toEqual([]);
    expect(await record(key)).toMatchObject({ presence: "present", hold: { kind: "held" } });
  });

  test("what one image asks is done in the order in which it was sent, however the batch has it", async () => {
    const { wired, push } = await openDoorGate({
      around: async (request, next) =>
        request.url.endsWith("/manifests/bad") ? new Response("", { status: 429, headers: { "retry-after": "30" } }) : next(request),
    });
    const key = await push("shop/api", "v1", imageNamed("one"));
    const [second, first] = [sqsRecord(told("PUSH", key, "v1"), { sentAt: 2 }), sqsRecord(told("PUSH", key, "bad"), { sentAt: 1 })];
    const both = [first.messageId, second.messageId].sort();
    expect(again(await onRegistryEvent(wired, batch(second, first), turn()))).toEqual(both);
  });
});

describe("what is not done now", () => {
  const unwell = (isUnwell: (request: Request) => boolean, headers: Readonly<Record<string, string>> = {}): DoorGateOptions => ({
    around: async (request, next) => (isUnwell(request) ? new Response("", { status: 429, headers }) : next(request)),
  });

  test("a registry that is unwell for one image brings back that one message, and what was sent later for it", async () => {
    const { wired, push, record } = await openDoorGate(unwell(({ url }) => url.includes("/shop/one/"), { "retry-after": "30" }));
    const [one, other] = [await push("shop/one", "v1", imageNamed("one")), await push("shop/other", "v1", imageNamed("other"))];
    const records = [
      sqsRecord(told("PUSH", one, "v1"), { id: "a", sentAt: 1 }),
      sqsRecord(told("DELETE", one, "v1"), { id: "b", sentAt: 2 }),
      sqsRecord(told("PUSH", other, "v1"), { id: "c", sentAt: 3 }),
    ];
    expect(again(await onRegistryEvent(wired, batch(...records), turn()))).toEqual(["a", "b"]);
    expect(await record(one)).toBeUndefined();
    expect((await record(other))?.hold.kind).toBe("held");
  });

  test("a message that names two images is done with when both are", async () => {
    const bad = imageNamed("unwell").manifest.digest;
    const { wired, push } = await openDoorGate(unwell(({ url }) => url.endsWith(bad), { "retry-after": "30" }));
    const unwellOne = await push("shop/api", "v2", imageNamed("unwell"));
    // The first is gone, as is said: that is soon done.
    const imageIds = [{ imageDigest: DIGEST }, { imageDigest: unwellOne.digest }];
    const event = trailEvent("BatchDeleteImage", { repositoryName: "shop/api", imageIds }, { responseElements: { imageIds } });
    const response = await onRegistryEvent(wired, batch(sqsRecord(JSON.stringify(event), { id: "two", sentAt: 1_000 })), turn());
    expect(again(response)).toEqual(["two"]);
  });

  test("each message of a piece is postponed until it is due, and comes again all the same where the queue does not take that", async () => {
    for (const [name, value] of Object.entries(KEYS)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    let status = 200;
    const queue = await serveRaw((_, response) => answer(response, status, { "content-type": "application/x-amz-json-1.0" }, "{}"));
    onTestFinished(() => queue.close());
    const { wired, push, lines } = await openDoorGate({
      ...unwell(() => true, { "retry-after": "30" }),
      settings: { eventsQueue: new URL(`http://${queue.host}/123456789012/events`) },
    });
    const key = await push("shop/one", "v1", imageNamed("one"));
    const records = ["a", "b"].map((id) => sqsRecord(told("PUSH", key, "v1"), { id }));
    expect(again(await onRegistryEvent(wired, batch(...records), turn()))).toEqual(["a", "b"]);
    const asked = queue.heard.map(({ headers, body }) => [String(headers["x-amz-target"]).split(".")[1], JSON.parse(body)]);
    expect(asked.map(([operation, { ReceiptHandle }]) => `${operation} ${ReceiptHandle}`).sort()).toEqual([
      "ChangeMessageVisibility AQEBa",
      "ChangeMessageVisibility AQEBb",
    ]);
    for (const [, { VisibilityTimeout }] of asked) expect([29, 30, 31]).toContain(VisibilityTimeout);
    status = 400;
    expect(again(await onRegistryEvent(wired, batch(...records), turn()))).toEqual(["a", "b"]);
    expect(lines.filter((line) => line.includes("could not be postponed"))).toHaveLength(2);
  });

  test("what was received three times goes over to the store's queue, before it counts as poison", async () => {
    const { wired, push, store } = await openDoorGate(unwell(() => true, { "retry-after": "30" }));
    const key = await push("shop/one", "v1", imageNamed("one"));
    expect(again(await onRegistryEvent(wired, batch(sqsRecord(told("PUSH", key, "v1"), { receives: 3 })), turn()))).toEqual([]);
    expect(await store.queue.depth()).toMatchObject(WAITING);
    expect(await store.queue.nextAt()).toBeGreaterThan(wired.clock.now() + 20_000);
  });

  test("what has to wait longer than the queue hides a message goes over at once", async () => {
    const { wired, push, store } = await openDoorGate(unwell(() => true, { "retry-after": "3600" }));
    const key = await push("shop/one", "v1", imageNamed("one"));
    expect(again(await onRegistryEvent(wired, batch(sqsRecord(told("PUSH", key, "v1"))), turn()))).toEqual([]);
    expect(await store.queue.depth()).toMatchObject(WAITING);
  });

  test("what is given up is kept in the store's queue with its reason, and is no poison", async () => {
    const { wired, push, store } = await openDoorGate({
      around: async (request, next) => (request.url.includes("/shop/one/") ? new Response("", { status: 403 }) : next(request)),
    });
    const key = await push("shop/one", "v1", imageNamed("one"));
    expect(again(await onRegistryEvent(wired, batch(sqsRecord(told("PUSH", key, "v1"))), turn()))).toEqual([]);
    expect(await store.queue.depth()).toMatchObject(WAITING);
  });

  test("a ledger that does not answer brings everything back, and the log says why", async () => {
    const gate = await openDoorGate();
    const key = await gate.push("shop/one", "v1", imageNamed("one"));
    const { deps } = gate.wired.gate;
    const commit = async (): Promise<never> => {
      throw new Error("the table is gone");
    };
    const wired = { ...gate.wired, gate: { ...gate.wired.gate, deps: { ...deps, ledger: { ...deps.ledger, commit } } } };
    expect(again(await onRegistryEvent(wired, batch(sqsRecord(told("PUSH", key, "v1"), { id: "a" })), turn()))).toEqual(["a"]);
    expect(gate.lines.some((line) => line.includes("the table is gone"))).toBe(true);
  });
});

describe("the time of a call", () => {
  test("with too little left nothing is begun, and all records come again", async () => {
    const { wired, push, record } = await openDoorGate();
    const key = await push("shop/api", "v1", imageNamed("one"));
    expect(
      again(
        await onRegistryEvent(
          wired,
          batch(sqsRecord(told("PUSH", key, "v1"), { id: "a" })),
          turn(() => 4_000),
        ),
      ),
    ).toEqual(["a"]);
    expect(await record(key)).toBeUndefined();
  });

  test("when it ends the batch is answered: what is done is done, what hangs comes again and writes nothing afterwards", async () => {
    const hanging = Promise.withResolvers<void>();
    const gate = await openDoorGate({
      async around(request, next) {
        if (request.url.includes("/shop/slow/")) await hanging.promise;
        return next(request);
      },
    });
    const [quick, slow] = [
      await gate.push("shop/quick", "v1", imageNamed("quick")),
      await gate.push("shop/slow", "v1", imageNamed("slow")),
    ];
    const byName = trailEvent(
      "PutImage",
      { repositoryName: "shop/quick" },
      { responseElements: { image: { imageId: { imageDigest: quick.digest } } } },
    );
    const records = [
      sqsRecord(told("PUSH", slow, "v1"), { id: "slow", sentAt: 1 }),
      sqsRecord(told("PUSH", quick, "v1"), { id: "quick", sentAt: 2 }),
      sqsRecord(JSON.stringify(byName), { id: "quick, by name", sentAt: 3 }),
    ];
    const over = new AbortController();
    let begun = 0;
    const canBegin = (): boolean => {
      begun += 1;
      // What else is asked about the quick one is begun when the first is done with.
      if (begun === 3) over.abort();
      return begun < 3;
    };
    const { deps } = gate.wired.gate;
    const left = Promise.withResolvers<void>();
    const locks: typeof deps.locks = {
      run: (name, work) => deps.locks.run(name, work).finally(() => name.includes("/shop/slow@") && left.resolve()),
    };
    const wired = { ...gate.wired, gate: { ...gate.wired.gate, deps: { ...deps, locks } } };
    const response = onRegistryEvent(wired, batch(...records), { ...turn(), canBegin, signal: over.signal });
    expect(again(await response)).toEqual(["quick, by name", "slow"]);
    expect((await gate.record(quick))?.hold.kind).toBe("held");
    hanging.resolve();
    await left.promise;
    expect(await gate.record(slow)).toBeUndefined();
  });
});

test("a canary is remembered, so that whoever sent it knows that messages come through", async () => {
  const { wired, store, now } = await openDoorGate();
  const id = randomUUID();
  expect(again(await onRegistryEvent(wired, batch(sqsRecord(canaryText(id))), turn()))).toEqual([]);
  expect(await store.queue.put([], now(), canaryDelivery(id))).toBe("duplicate");
  expect(await store.queue.put([], now(), canaryDelivery(randomUUID()))).toBe("queued");
});

test("an event about an image that does not exist is done with", async () => {
  const { wired } = await openDoorGate();
  expect(
    again(await onRegistryEvent(wired, batch(sqsRecord(JSON.stringify(imageAction("PUSH", { "image-digest": DIGEST })))), turn())),
  ).toEqual([]);
});
