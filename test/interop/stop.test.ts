import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Built, buildImage } from "../../functions/local/samples/image.ts";
import { endGate, gateFolder, type RunningGate, startGate, untilIdle } from "../running/gate.ts";
import { until } from "../running/process.ts";
import { insistOnPush } from "../running/push.ts";

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: mass }
mode: dry-run
enforcement: { inUse: { deadline: 0s, afterwards: hold } }
trust: { keys: [{ name: release, file: release.pub }] }
rules:
  - { id: signed, rule: signature-required, grace: 0s }
`;
const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }).toString();
const ENFORCED = POLICY.replace("mode: dry-run", "mode: enforce");
const IMAGES = 300;
/** The policy is read again every two seconds; acts that were begun are finished. */
const SECONDS = 6_000;

let gate: RunningGate;
afterEach(() => endGate(gate));

async function held(): Promise<number> {
  return (await gate.ask<{ images: { held: number } }>("GET", "/api/v1/status")).images.held;
}

function imageOf(number: number): Built {
  const platform = { os: "linux", architecture: "amd64" };
  return buildImage({ platform, created: "2026-01-01T00:00:00Z", files: [], labels: { number: String(number) } });
}

/** A gate in the middle of holding all that it has. */
async function amidRun(): Promise<void> {
  gate = await startGate(
    gateFolder({ policy: POLICY, files: { "release.pub": KEY }, settings: "apiVersion: moorgate.dev/v1\nkind: Settings\nbrake: off\n" }),
  );
  const target = { address: () => gate.registry, repository: "shop/api", giveUpAt: Date.now() + 100_000 };
  for (let number = 0; number < IMAGES; number += 1) await insistOnPush(target, imageOf(number), `1.${number}`);
  await untilIdle(gate);
  writeFileSync(join(gate.dir, "policy.yaml"), ENFORCED);
  await until("the run to be under way", async () => ((await held()) > 5 ? true : undefined));
}

/** @returns how many are held, once that has not changed for a while */
async function settled(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, SECONDS));
  const first = await held();
  await new Promise((resolve) => setTimeout(resolve, SECONDS));
  expect(await held()).toBe(first);
  return first;
}

test("brake stop holds up a running gate within seconds in the middle of a mass run, and resume lets it go on to the end", async () => {
  await amidRun();
  await gate.ask("POST", "/api/v1/brake/stop", { reason: "INC-12" });
  const stopped = await settled();
  expect(stopped).toBeLessThan(IMAGES);
  await gate.ask("POST", "/api/v1/brake/resume", { reason: "over" });
  await until("all to be held", async () => ((await held()) === IMAGES ? true : undefined), 100_000);
});

test("dry-run in the policy's file does the same", async () => {
  await amidRun();
  writeFileSync(
    join(gate.dir, "policy.yaml"),
    readFileSync(join(gate.dir, "policy.yaml"), "utf8").replace("mode: enforce", "mode: dry-run"),
  );
  expect(await settled()).toBeLessThan(IMAGES);
});
