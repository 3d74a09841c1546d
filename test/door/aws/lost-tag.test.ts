import type { SQSBatchResponse } from "aws-lambda";
import { expect, test } from "vitest";
import { onRegistryEvent } from "../../../functions/aws/on-registry-event.ts";
import { type Built, buildImage } from "../../../functions/local/samples/image.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { type Instant, instant } from "../../../shared/domain/time.ts";
import { readJudgeWork } from "../../../shared/pipeline/work.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { type DoorGate, type DoorGateOptions, openDoorGate, told } from "./door-gate.ts";
import { batch, sqsRecord, turn } from "./woken.ts";

function again({ batchItemFailures }: SQSBatchResponse): readonly string[] {
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** What the store's queue gives out by then. */
async function due({ queue }: Pick<Store, "queue">, by: Instant): Promise<readonly (string | undefined)[]> {
  return (await queue.claim(10, by, 10_000)).map(({ payload }) => readJudgeWork(payload).digest);
}

/** Young enough for the policy, so that it keeps its tags. */
function imageOfNow(name: string): Built {
  const created = new Date().toISOString();
  return buildImage({ platform: { os: "linux", architecture: "amd64" }, created, files: [], labels: { name } });
}

interface Moved extends DoorGate {
  readonly winner: ImageKey;
  readonly loser: ImageKey;
  /** Of the push that gave the winner the loser's tag, which nobody has worked off. */
  readonly event: string;
}

async function openMoved(options?: DoorGateOptions): Promise<Moved> {
  const door = await openDoorGate(options);
  const older = imageOfNow("older");
  await door.push("shop/api", "one", older);
  const loser = await door.push("shop/api", "latest", older);
  await onRegistryEvent(door.wired, batch(sqsRecord(told("PUSH", loser, "one")), sqsRecord(told("PUSH", loser, "latest"))), turn());
  expect((await door.record(loser))?.tags).toEqual(["latest", "one"]);
  const winner = await door.push("shop/api", "latest", imageOfNow("newer"));
  return { ...door, winner, loser, event: told("PUSH", winner, "latest") };
}

test("who lost a tag is judged before the batch is answered, and nothing is queued for it", async () => {
  const { wired, record, store, winner, loser, event } = await openMoved();
  expect(again(await onRegistryEvent(wired, batch(sqsRecord(event)), turn()))).toEqual([]);
  expect(await record(winner)).toMatchObject({
    tags: ["latest"],
    verdict: { kind: "compliant" },
  });
  expect((await record(loser))?.tags).toEqual(["one"]);
  expect(await due(store, wired.clock.now())).toEqual([]);
});

test("where the function ends between the step and the judging of who lost the tag, the message comes again and finds it", async () => {
  const { wired, record, winner, loser, event } = await openMoved();
  const { deps } = wired.gate;
  const commit: typeof deps.ledger.commit = async (step) => {
    if (step.image.key.digest === loser.digest) throw new Error("the function was ended");
    return deps.ledger.commit(step);
  };
  const ended = {
    ...wired,
    gate: {
      ...wired.gate,
      deps: { ...deps, ledger: { ...deps.ledger, commit } },
    },
  };
  expect(again(await onRegistryEvent(ended, batch(sqsRecord(event, { id: "moved" })), turn()))).toEqual(["moved"]);
  expect((await record(winner))?.tags).toEqual(["latest"]);
  expect((await record(loser))?.tags).toEqual(["latest", "one"]);
  expect(again(await onRegistryEvent(wired, batch(sqsRecord(event, { id: "moved" })), turn()))).toEqual([]);
  expect((await record(loser))?.tags).toEqual(["one"]);
});

test("who lost a tag and cannot be judged now is kept in the store's queue, and the message is done with", async () => {
  let unwell = "";
  const around: DoorGateOptions["around"] = async (request, next) =>
    unwell !== "" && request.url.endsWith(unwell) ? new Response("", { status: 429, headers: { "retry-after": "30" } }) : next(request);
  const { wired, record, store, winner, loser, event } = await openMoved({
    around,
  });
  unwell = loser.digest;
  expect(again(await onRegistryEvent(wired, batch(sqsRecord(event)), turn()))).toEqual([]);
  expect((await record(winner))?.tags).toEqual(["latest"]);
  const now = wired.clock.now();
  expect(await due(store, instant(now + 20_000))).toEqual([]);
  expect(await due(store, instant(now + 60_000))).toEqual([loser.digest]);
});

test("who lost a tag when too little time is left is kept in the store's queue", async () => {
  const { wired, record, store, winner, loser, event } = await openMoved();
  let begun = 0;
  const canBegin = (): boolean => ++begun === 1;
  expect(again(await onRegistryEvent(wired, batch(sqsRecord(event)), { ...turn(), canBegin }))).toEqual([]);
  expect(begun).toBe(2);
  expect((await record(winner))?.tags).toEqual(["latest"]);
  expect(await due(store, wired.clock.now())).toEqual([loser.digest]);
});
