import { expect, test } from "vitest";
import { onRegistryEvent } from "../../../functions/aws/on-registry-event.ts";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { ACCOUNT, HOST, trailEvent } from "../../fixtures/aws-events.ts";
import { type DoorGate, openDoorGate, told } from "./door-gate.ts";
import { batch, sqsRecord, turn } from "./woken.ts";

async function hear({ wired }: Pick<DoorGate, "wired">, ...events: readonly object[]): Promise<unknown> {
  return onRegistryEvent(wired, batch(...events.map((event) => sqsRecord(JSON.stringify(event)))), turn());
}

async function drifts({ store }: Pick<DoorGate, "store">): Promise<readonly AuditEvent[]> {
  const entries = await store.ledger.journal(0, 100);
  return entries.map(({ event }) => event).filter(({ kind }) => kind === "drifted");
}

const CI = `arn:aws:sts::${ACCOUNT}:assumed-role/ci/build-7`;

test("who changes how a watched registry is set up stands in the journal, once however often it is delivered, and its message is done", async () => {
  const gate = await openDoorGate();
  const event = trailEvent("DeleteSigningConfiguration", {}, { responseElements: { signingConfiguration: { rules: [] } } });
  // By the rule of its own account and by the hub's.
  expect(await hear(gate, event, { ...event, id: "event-2" })).toEqual({ batchItemFailures: [] });
  expect(await hear(gate, event)).toEqual({ batchItemFailures: [] });
  expect(await drifts(gate)).toMatchObject([
    {
      registry: HOST,
      control: "signing",
      call: "DeleteSigningConfiguration",
      actor: CI,
      before: '{"rules":[]}',
      at: Date.parse("2026-11-21T11:59:58Z"),
    },
  ]);
});

test("a change in a registry that nobody watches is nobody's business", async () => {
  const gate = await openDoorGate();
  const event = trailEvent("PutLifecyclePolicy", { repositoryName: "shop/api", lifecyclePolicyText: "{}" }, { awsRegion: "us-west-2" });
  expect(await hear(gate, event)).toEqual({ batchItemFailures: [] });
  expect(await drifts(gate)).toEqual([]);
});

test("what the gate itself changes is no drift, where it has a name", async () => {
  const { wired, store } = await openDoorGate();
  const [watched] = [...wired.gate.deps.registries.values()];
  if (watched === undefined) throw new Error("nothing is watched");
  const registries = new Map([
    [watched.registry.host, Object.create(watched, { gateActors: { value: [`arn:aws:sts::${ACCOUNT}:assumed-role/ci`] } })],
  ]);
  const gate = { ...wired.gate, deps: { ...wired.gate.deps, registries } };
  const event = (id: string, role: string) =>
    trailEvent(
      "PutImageTagMutability",
      { repositoryName: "shop/api", imageTagMutability: "MUTABLE" },
      {
        eventID: id,
        userIdentity: { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/one` },
      },
    );
  await hear({ wired: { ...wired, gate } }, event("own", "ci"), event("other", "cinema"));
  expect(await drifts({ store })).toMatchObject([{ actor: `arn:aws:sts::${ACCOUNT}:assumed-role/cinema/one` }]);
});

test("a restore from the archive is told where it undoes a hold, and of a free image it is none of the gate's business", async () => {
  const gate = await openDoorGate();
  const [held, free] = [await gate.push("shop/api", "v1", imageNamed("one")), await gate.push("shop/web", "v1", imageNamed("two"))];
  await hear(gate, JSON.parse(told("PUSH", held, "v1")));
  expect((await gate.record(held))?.hold.kind).toBe("held");
  const restored = (key: typeof held, eventID: string) =>
    trailEvent(
      "UpdateImageStorageClass",
      { repositoryName: key.repository, imageId: { imageDigest: key.digest }, targetStorageClass: "STANDARD" },
      { eventID },
    );
  await hear(gate, restored(held, "a"), restored(free, "b"));
  expect(await drifts(gate)).toMatchObject([{ control: "storage-class", repository: "shop/api", digest: held.digest, actor: CI }]);
});
