import { ECRClient, UpdateImageStorageClassCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pushImage, pushIndex } from "../../fakes/pusher.ts";
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

const blocked = () => world.home.blocked(APP);

/** What somebody else has to do for it. */
async function restore(imageDigest: string): Promise<void> {
  const { endpoint } = world.aws;
  const ecr = new ECRClient({ endpoint, region: world.home.region, credentials: world.aws.credentials() });
  await ecr.send(new UpdateImageStorageClassCommand({ repositoryName: APP, imageId: { imageDigest }, targetStorageClass: "STANDARD" }));
  ecr.destroy();
}

describe("an image of ECR that nobody signed", () => {
  test("is held once its push is told", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    await world.settle();
    const { hold, tags, verdict } = await world.record(world.key(APP, image));
    expect([hold, tags, verdict?.kind]).toEqual([expect.objectContaining({ kind: "held", strength: "blocked" }), ["1.0"], "violating"]);
    expect(blocked()).toEqual([image.digest]);
  });

  test("is held again when it is pushed again", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    await world.settle();
    await pushImage(world.served, APP, "x", "1.0");
    expect(blocked()).toEqual([]);
    await world.settle();
    expect(blocked()).toEqual([image.digest]);
  });

  test("is held again when somebody brings it back from the archive", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    await world.settle();
    await restore(image.digest);
    expect(blocked()).toEqual([]);
    await world.settle();
    expect(blocked()).toEqual([image.digest]);
  });

  test("is held again by the sweep where no event told that it is back", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    await world.settle();
    await restore(image.digest);
    world.lose();
    await world.gate.operator.sweep();
    await world.settle();
    expect(blocked()).toEqual([image.digest]);
  });

  test("is found by the sweep where no event told of it", async () => {
    const index = await pushIndex(world.served, APP, [await pushImage(world.served, APP, "amd64")], "1.0");
    world.lose();
    await world.gate.operator.sweep();
    await world.settle();
    expect(blocked()).toContain(index.digest);
  });

  test("comes back by a release that waits until ECR has it, however often it has to ask", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    await world.settle();
    world.aws.controls.restoreForMs = 20 * 60_000;
    const asked = { image: world.key(APP, image), actor: { name: "a person", reason: "it is needed" }, dryRun: false };
    await world.gate.operator.release(asked);
    await world.settle();
    expect((await world.record(world.key(APP, image))).hold.kind).toBe("held");
    for (let minutes = 0; minutes < 25; minutes += 1) {
      await world.pass(60_000);
      await world.settle();
    }
    expect([(await world.record(world.key(APP, image))).hold.kind, blocked()]).toEqual(["free", []]);
  });
});

describe("where what is held is moved to the quarantine repository", () => {
  beforeEach(async () => {
    await world.stop();
    world = await startEcrGate((name, value) => void vi.stubEnv(name, value), undefined, ", hold: quarantine-repository");
  });

  test("an image is held by its push, and events of the move are nobody's pushes", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    await world.settle();
    const key = world.key(APP, image);
    const { hold, tags } = await world.record(key);
    expect([hold, tags]).toEqual([expect.objectContaining({ kind: "held", strength: "hidden" }), ["1.0"]]);
    expect((await world.home.contents(APP)).manifests).toEqual([]);
    expect((await world.home.contents(`quarantine/${APP}`)).manifests).toHaveLength(1);
    expect(await world.gate.deps.ledger.image(world.key(`quarantine/${APP}`, image))).toBeUndefined();
    expect(world.aws.events.filter(({ detail }) => JSON.stringify(detail).includes(`"quarantine/${APP}"`))).not.toEqual([]);
  });

  test("one that is pushed again is moved again, and a release brings it back", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const before = await world.home.contents(APP);
    await world.settle();
    await pushImage(world.served, APP, "x", "1.0");
    await world.settle();
    expect((await world.home.contents(APP)).manifests).toEqual([]);
    await world.gate.operator.release({ image: world.key(APP, image), actor: { name: "a person", reason: "it is needed" }, dryRun: false });
    await world.settle();
    expect([(await world.record(world.key(APP, image))).hold.kind, await world.home.contents(APP)]).toEqual(["free", before]);
  });
});
