import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import type { Vulnerability } from "../../fakes/aws/state/scan.ts";
import { pushImage, pushIndex } from "../../fakes/pusher.ts";
import { vulnerability } from "../../unit/fakes-aws/aws-world.ts";
import { type EcrGate, noCritical, startEcrGate } from "./world.ts";

const APP = "shop/api";

let world: EcrGate;
beforeEach(async () => {
  world = await startEcrGate((name, value) => void vi.stubEnv(name, value), noCritical("deadline: 0s, afterwards: hold"));
  world.home.scanEverything();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await world.stop();
});

const finds = (...vulnerabilities: readonly Vulnerability[]): void => {
  world.aws.controls.scanner = () => ({ kind: "found", vulnerabilities });
};
const CRITICAL = vulnerability("CVE-2026-0001", { severity: "CRITICAL" });

/** By the other setting. */
async function restart(access: string): Promise<void> {
  await world.stop();
  world = await startEcrGate((name, value) => void vi.stubEnv(name, value), noCritical("deadline: 0s, afterwards: hold"), access);
  world.home.scanEverything();
}
const archived = (): number => world.aws.calls.filter(({ operation }) => operation === "UpdateImageStorageClass").length;

async function stateOf(key: ImageKey): Promise<readonly [string, string | undefined, number | undefined]> {
  const { hold, verdict, evidence } = await world.record(key);
  return [hold.kind, verdict?.kind, evidence.findings.counts["critical"]];
}

/** Until nothing is told any more. */
async function settleAll(): Promise<void> {
  for (let rounds = 0; rounds < 10; rounds += 1) if ((await world.settle()) === 0) return;
  throw new Error("events go on without end");
}

test("an image is held for what Inspector finds, and stays so although its findings are closed once nobody can scan it", async () => {
  finds(CRITICAL);
  const image = await pushImage(world.served, APP, "x", "1.0");
  await settleAll();
  expect(world.aws.events.map((event) => event["detail-type"])).toContain("Inspector2 Coverage");
  expect(await stateOf(world.key(APP, image))).toEqual(["held", "violating", 1]);
  expect(archived()).toBe(1);
});

test("an image that is moved stays held too, for the sweep and for whoever tells of its findings", async () => {
  await restart(", hold: quarantine-repository");
  finds(CRITICAL);
  const image = await pushImage(world.served, APP, "x", "1.0");
  await settleAll();
  for (const hours of [1, 2, 30]) {
    await world.pass(hours * 3_600_000);
    await world.gate.operator.sweep();
    await settleAll();
    expect(await stateOf(world.key(APP, image))).toEqual(["held", "violating", 1]);
  }
  expect((await world.home.contents(APP)).manifests).toEqual([]);
});

test("an index is held for what is found in one of its platforms", async () => {
  finds(vulnerability("CVE-2026-0002", { severity: "LOW" }));
  const good = await pushImage(world.served, APP, "amd64");
  finds(CRITICAL);
  const bad = await pushImage(world.served, APP, "arm64");
  const index = await pushIndex(world.served, APP, [good, bad], "1.0");
  await settleAll();
  expect(await stateOf(world.key(APP, index))).toEqual(["held", "violating", 1]);
});

test("what is found after the push holds an image that passed before", async () => {
  finds(vulnerability("CVE-2026-0002", { severity: "LOW" }));
  const image = await pushImage(world.served, APP, "x", "1.0");
  await settleAll();
  expect(await stateOf(world.key(APP, image))).toEqual(["free", "compliant", undefined]);
  world.home.scan(APP, image.digest, { kind: "found", vulnerabilities: [CRITICAL] });
  await settleAll();
  expect(await stateOf(world.key(APP, image))).toEqual(["held", "violating", 1]);
});

test("an image that Inspector has not looked at is not let pass, and neither is one whose findings are closed for its age", async () => {
  world.aws.controls.scanForMs = 60_000;
  const image = await pushImage(world.served, APP, "x", "1.0");
  await settleAll();
  expect((await stateOf(world.key(APP, image)))[1]).toBe("indeterminate");
  finds(vulnerability("CVE-2026-0002", { severity: "LOW" }));
  await world.pass(60_000);
  await settleAll();
  expect((await stateOf(world.key(APP, image)))[1]).toBe("compliant");
  world.home.scan(APP, image.digest, { kind: "unsupported", reason: "SCAN_ELIGIBILITY_EXPIRED" });
  await settleAll();
  expect((await stateOf(world.key(APP, image)))[1]).toBe("indeterminate");
});

test("who pushed is known from the trail, whichever event comes first", async () => {
  finds(vulnerability("CVE-2026-0002", { severity: "LOW" }));
  const image = await pushImage(world.served, APP, "x", "1.0");
  expect(world.aws.events.map((event) => event["detail-type"])).toContain("AWS API Call via CloudTrail");
  await settleAll();
  expect((await world.record(world.key(APP, image))).pushedBy).toBe("arn:aws:iam::123456789012:user/pusher");
});
