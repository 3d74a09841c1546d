import { PutImageTagMutabilityCommand, UpdateImageStorageClassCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import { pushImage } from "../../fakes/pusher.ts";
import { type EcrGate, startEcrGate } from "./world.ts";

const APP = "shop/api";

let world: EcrGate;
beforeEach(async () => {
  world = await startEcrGate((name, value) => void vi.stubEnv(name, value));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await world.stop();
});

async function drifts(): Promise<readonly AuditEvent[]> {
  const entries = await world.gate.deps.ledger.journal(0, 500);
  return entries.map(({ event }) => event).filter(({ kind }) => kind === "drifted");
}

test("a gate that has no name in events accuses nobody of its own holds and releases", async () => {
  const image = await pushImage(world.served, APP, "x", "1.0");
  await world.settle();
  const key = world.key(APP, image);
  expect((await world.record(key)).hold.kind).toBe("held");
  expect(world.aws.events.some(({ detail }) => JSON.stringify(detail).includes('"UpdateImageStorageClass"'))).toBe(true);
  await world.gate.operator.release({ image: key, actor: { name: "ann", reason: "INC-12" }, dryRun: false });
  for (let minutes = 0; minutes < 25; minutes += 1) {
    await world.settle();
    await world.pass(60_000);
  }
  expect((await world.record(key)).hold.kind).toBe("free");
  expect(await drifts()).toEqual([]);
});

test("who changes the set-up, or brings back what is held, is told with the name that CloudTrail has", async () => {
  const image = await pushImage(world.served, APP, "x", "1.0");
  await world.settle();
  await world.ecr.send(new PutImageTagMutabilityCommand({ repositoryName: APP, imageTagMutability: "IMMUTABLE" }));
  await world.ecr.send(
    new UpdateImageStorageClassCommand({ repositoryName: APP, imageId: { imageDigest: image.digest }, targetStorageClass: "STANDARD" }),
  );
  await world.settle();
  const actor = `arn:aws:iam::${world.home.account}:user/gate`;
  const registry = world.home.host;
  expect(await drifts()).toMatchObject([
    { control: "tag-mutability", registry, repository: APP, actor, after: "IMMUTABLE" },
    { control: "storage-class", registry, repository: APP, actor, digest: image.digest },
  ]);
  expect(world.home.blocked(APP)).toEqual([image.digest]);
});
