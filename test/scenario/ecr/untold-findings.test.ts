import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { pushImage } from "../../fakes/pusher.ts";
import { vulnerability } from "../../unit/fakes-aws/aws-world.ts";
import { type EcrGate, noCritical, startEcrGate } from "./world.ts";

const APP = "shop/api";
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const [CRITICAL, LOW] = [vulnerability("CVE-2026-0001", { severity: "CRITICAL" }), vulnerability("CVE-2026-0002", { severity: "LOW" })];

let world: EcrGate;
let key: ImageKey;
beforeEach(async () => {
  world = await startEcrGate((name, value) => void vi.stubEnv(name, value), noCritical("deadline: 0s, afterwards: hold"));
  world.home.scanEverything();
  world.aws.controls.scanner = () => ({ kind: "found", vulnerabilities: [LOW] });
  key = world.key(APP, await pushImage(world.served, APP, "x", "1.0"));
  await world.settle();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await world.stop();
});

/** What Inspector finds from now on, and nobody tells of. */
function find(...vulnerabilities: readonly (typeof LOW)[]): void {
  world.home.scan(APP, key.digest, { kind: "found", vulnerabilities });
  world.lose();
}

describe("what Inspector finds in an image long after its push, and no event tells of", () => {
  test("is found by the sweep, and the image is held", async () => {
    expect(await world.state(key)).toEqual(["compliant", "free"]);
    await world.pass(DAY);
    find(LOW, CRITICAL);
    expect(await world.gate.operator.sweep()).toMatchObject({ missed: 1 });
    await world.settle();
    expect(await world.state(key)).toEqual(["violating", "held"]);
  });

  test("is found once: the next sweep has nothing to do", async () => {
    await world.pass(DAY);
    find(LOW, vulnerability("CVE-2026-0003", { severity: "LOW" }));
    await world.pass(10 * MINUTE);
    await world.gate.operator.sweep();
    await world.settle();
    expect(await world.gate.operator.sweep()).toMatchObject({ missed: 0, queued: 0 });
  });

  test("is no reason to look again at images of which nothing changed", async () => {
    await world.pass(10 * MINUTE);
    await world.gate.operator.sweep();
    await world.settle();
    expect(await world.gate.operator.sweep()).toMatchObject({ missed: 0, queued: 0 });
  });

  test("is not known where Inspector may not be asked: the sweep does the rest of its work", async () => {
    await world.pass(DAY);
    find(LOW, CRITICAL);
    world.aws.decide = ({ operation }) => (operation === "ListFindings" ? "fail" : "pass");
    const { registries, missed } = await world.gate.operator.sweep();
    expect([missed, registries.map(({ fault }) => fault)]).toEqual([0, [undefined]]);
    expect(await world.state(key)).toEqual(["compliant", "free"]);
  });
});
