import type { SQSBatchResponse } from "aws-lambda";
import { afterEach, describe, expect, test } from "vitest";
import { onRegistryEvent } from "../../../functions/aws/on-registry-event.ts";
import { type Asked, workOff } from "../../../functions/aws/work-off.ts";
import { type Built, buildImage } from "../../../functions/local/samples/image.ts";
import { type ImageKey, parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { type JudgeWork, judgeWork } from "../../../shared/pipeline/work.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { HOST, trailEvent } from "../../fixtures/aws-events.ts";
import { type DoorGate, startDoorGate, told } from "./door-gate.ts";
import { batch, sqsRecord, turn } from "./woken.ts";

let door: DoorGate | undefined;
afterEach(async () => {
  await door?.stop();
  door = undefined;
});

function again({ batchItemFailures }: SQSBatchResponse): readonly string[] {
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort();
}

/** Young enough for the policy. */
function imageOfNow(): Built {
  const created = new Date().toISOString();
  return buildImage({ platform: { os: "linux", architecture: "amd64" }, created, files: [], labels: {} });
}

describe("what several messages tell of one image", () => {
  const call = ({ repository, digest }: ImageKey): string => {
    const [account] = HOST.split(".");
    return JSON.stringify(trailEvent("PutImage", { registryId: account, repositoryName: repository, imageDigest: digest, imageTag: "v1" }));
  };
  async function openCounting() {
    const looks = new Map<string, number>();
    door = await startDoorGate({
      around: (request, next) => {
        const digest = /manifests\/(sha256:\w+)$/.exec(request.url)?.[1] ?? "";
        if (request.method === "GET") looks.set(digest, (looks.get(digest) ?? 0) + 1);
        return next(request);
      },
    });
    return { ...door, looks };
  }

  test("a push and its scan are one look at it, which knows the tag", async () => {
    const { wired, push, record, looks } = await openCounting();
    const [alone, many] = [await push("shop/web", "v1", imageNamed("alone")), await push("shop/api", "v1", imageNamed("many"))];
    expect(again(await onRegistryEvent(wired, batch(sqsRecord(told("PUSH", alone, "v1"))), turn()))).toEqual([]);
    const bodies = [told("PUSH", many), told("PUSH", many, "v1"), told("PUSH", many)];
    expect(again(await onRegistryEvent(wired, batch(...bodies.map((body) => sqsRecord(body))), turn()))).toEqual([]);
    expect(looks.get(many.digest)).toBe(looks.get(alone.digest));
    expect(await record(many)).toMatchObject({ tags: ["v1"] });
  });

  test("who pushed what is known and can be pulled is written down, and nothing is asked for", async () => {
    const { wired, push, record, looks, store } = await openCounting();
    const key = await push("shop/api", "v1", imageOfNow());
    await onRegistryEvent(wired, batch(sqsRecord(told("PUSH", key, "v1"))), turn());
    const before = await record(key);
    expect(before).toMatchObject({ verdict: { kind: "compliant" }, hold: { kind: "free" } });
    looks.clear();
    const entries = await store.ledger.journal(0, 100);
    expect(again(await onRegistryEvent(wired, batch(sqsRecord(call(key))), turn()))).toEqual([]);
    const named = { ...before, version: 2, pushedBy: expect.stringContaining("build-7") };
    expect(await record(key)).toEqual(named);
    expect(again(await onRegistryEvent(wired, batch(sqsRecord(call(key))), turn()))).toEqual([]);
    expect(await record(key)).toEqual(named);
    expect(looks.size).toBe(0);
    expect(await store.ledger.journal(0, 100)).toEqual(entries);
  });

  test("a scan that comes with the name of who pushed is judged all the same", async () => {
    const { wired, push, looks } = await openCounting();
    const key = await push("shop/api", "v1", imageOfNow());
    await onRegistryEvent(wired, batch(sqsRecord(told("PUSH", key, "v1"))), turn());
    looks.clear();
    await onRegistryEvent(wired, batch(sqsRecord(call(key)), sqsRecord(told("PUSH", key))), turn());
    expect(looks.get(key.digest)).toBeGreaterThan(0);
  });

  test("a message that asks for two images is done with when both are, whatever else asks for the one", async () => {
    const { wired, push, now } = await openCounting();
    const image = imageOfNow();
    const key = await push("shop/api", "v1", image);
    await push("shop/api", "v2", image);
    const asked = (record: string, work: Omit<JudgeWork, "origin">, sentAt = now()): Asked => ({
      message: { record, receipt: record, body: new Uint8Array(), receives: 1, sentAt },
      about: `${work.repository}@${work.digest}`,
      work: judgeWork({ ...work, origin: "event" }, now()),
    });
    const other = { ...key, repository: parseRepository("shop/other") };
    const all = [asked("both", key), asked("both", other), ...["v1", "v2"].map((tag) => asked(tag, { ...key, tag: parseTag(tag) }))];
    let begun = 0;
    // There is no time for the other one.
    const canBegin = (): boolean => {
      begun += 1;
      return begun !== 2;
    };
    const finished = new Set<string>();
    await workOff(wired.gate.deps, all, { ...turn(), canBegin }, async () => {}, finished);
    expect([...finished].sort()).toEqual(["v1", "v2"]);
  });

  test("who pushed what nobody knows yet, or what is held, has it looked at", async () => {
    const { wired, push, record } = await openCounting();
    const key = await push("shop/api", "v1", imageNamed("one"));
    await onRegistryEvent(wired, batch(sqsRecord(call(key))), turn());
    const held = await record(key);
    expect(held).toMatchObject({ hold: { kind: "held" }, pushedBy: expect.stringContaining("build-7") });
    await push("shop/api", "v1", imageNamed("one"));
    await onRegistryEvent(wired, batch(sqsRecord(call(key))), turn());
    expect((await record(key))?.version).toBeGreaterThan(held?.version ?? 0);
  });
});
