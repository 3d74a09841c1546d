import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pushImage } from "../../fakes/pusher.ts";
import { vulnerability } from "../../unit/fakes-aws/aws-world.ts";
import { type EcrGate, noCritical, startEcrGate } from "./world.ts";

const APP = "shop/api";
const GATE = "arn:aws:iam::123456789012:user/gate";
const CLUSTER = {
  arn: "arn:aws:eks:eu-central-1:123456789012:cluster/east",
  stopped: 0,
  lastInUseAt: Date.parse("2026-11-20T10:00:00Z"),
  workload: { kind: "eks", namespace: "web", workloads: [{ name: "api", type: "Deployment" }] },
} as const;

let world: EcrGate;
beforeEach(async () => {
  world = await startEcrGate(
    (name, value) => void vi.stubEnv(name, value),
    noCritical("deadline: 7d"),
    `, inUse: inspector, principal: ${GATE}`,
  );
  world.home.scanEverything();
  world.aws.controls.scanner = () => ({ kind: "found", vulnerabilities: [vulnerability("CVE-2026-0001", { severity: "CRITICAL" })] });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await world.stop();
});

test("what Inspector sees run gets a deadline and is not cut, and is held once it runs no more", async () => {
  const image = await pushImage(world.served, APP, "x", "1.0");
  const key = world.key(APP, image);
  const clusters = world.home.state.repositories.get(APP)?.clusters;
  clusters?.set(image.digest, [{ ...CLUSTER, running: 3 }]);
  await world.settle();
  const running = await world.record(key);
  expect([running.verdict?.kind, running.hold.kind, running.deadline === undefined]).toEqual(["violating", "free", false]);

  clusters?.set(image.digest, [{ ...CLUSTER, running: 0 }]);
  // What was pulled within the last hour may have been started just now.
  await world.pass(2 * 3_600_000);
  await world.gate.operator.sweep();
  await world.settle();
  expect((await world.record(key)).hold.kind).toBe("held");
});

test("what it sees run nowhere is held at once, without a report of any place", async () => {
  const image = await pushImage(world.served, APP, "x", "1.0");
  await world.settle();
  expect((await world.record(world.key(APP, image))).hold.kind).toBe("held");
});
