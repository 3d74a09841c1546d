import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { add, type Instant, parseDuration } from "../../../shared/domain/time.ts";
import { doWork } from "../../../shared/pipeline/do-work.ts";
import { rejudge } from "../../../shared/pipeline/work.ts";
import { namedLocks } from "../../../shared/runtime/locks.ts";
import { pushImage } from "../../fakes/pusher.ts";
import { vulnerability } from "../../unit/fakes-aws/aws-world.ts";
import { type EcrGate, noCritical, startEcrGate } from "./world.ts";

const MINUTE = 60_000;
const LATER = parseDuration("2m");

let world: EcrGate;
let key: ImageKey;
beforeEach(async () => {
  world = await startEcrGate((name, value) => void vi.stubEnv(name, value), noCritical("deadline: 0s, afterwards: hold"));
  world.home.scanEverything();
  world.aws.controls.scanForMs = MINUTE;
  world.aws.controls.scanner = () => ({ kind: "found", vulnerabilities: [vulnerability("CVE-2026-0001", { severity: "CRITICAL" })] });
  key = world.key("shop/api", await pushImage(world.served, "shop/api", "x", "1.0"));
  await world.settle();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await world.stop();
});

/** Another process. */
async function look(now: Instant): Promise<void> {
  await doWork({ ...world.gate.deps, locks: namedLocks() }, rejudge(key, "event", now), { queuedAt: now, now });
}

test("what an image is held for stays known where a look that began later had seen nothing yet", async () => {
  const later = add(world.gate.deps.clock.now(), LATER);
  await look(later);
  expect(await world.state(key)).toEqual(["indeterminate", "free"]);
  await world.pass(MINUTE);
  await world.settle();
  expect(await world.state(key)).toEqual(["violating", "held"]);
  // ECR scans no image in the archive, and has dropped what it had found.
  await look(add(later, LATER));
  expect(await world.state(key)).toEqual(["violating", "held"]);
});
