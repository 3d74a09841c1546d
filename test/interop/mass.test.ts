import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSigningKey } from "../../functions/local/samples/sign.ts";
import type { StockImage } from "../bench/hold-stock.ts";
import { moorgate, verifyJournal } from "../running/gate.ts";
import { until } from "../running/process.ts";
import { pull } from "../running/push.ts";
import { type MassWorld, startMass } from "./mass-world.ts";
import type { OcsfEvent } from "./receiver.ts";

/**
 * One line of the policy makes every image of a real registry violating at once. All of them are judged, told and wait; how many of those that a person approves of are held
 * before the test stops the gate is a matter of minutes: `MOORGATE_MASS_HELD=10000` waits for all.
 */

const IMAGES = 10_000;
const LIMIT = 20;
const HELD = Math.min(IMAGES, Number(process.env["MOORGATE_MASS_HELD"] ?? 500));
const AT_ONCE = 50;
const PATIENCE_MS = 1_200_000;

const policyFor = (repositories: string): string => `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: signed-only }
mode: enforce
trust: { keys: [{ name: release, file: release.pub }] }
rules:
  - { id: signed, rule: signature-required, signers: [release], grace: 0s, select: { repository: "${repositories}" } }
`;

let world: MassWorld;
beforeAll(async () => {
  world = await startMass(IMAGES, policyFor("release/**"), { "release.pub": makeSigningKey().publicPem });
}, PATIENCE_MS);
afterAll(() => world.stop());

interface RunView {
  readonly id: string;
  readonly state: string;
  readonly held: number;
  readonly waiting: number;
}

const run = async (): Promise<RunView | undefined> =>
  (await world.gate().ask<{ runs: readonly RunView[] }>("GET", "/api/v1/runs")).runs.find(({ id }) => id.startsWith("policy-"));
/** As `until`, without asking so often that it slows what it waits for. */
const untilSlowly = (what: string, isSo: () => boolean | Promise<boolean>): Promise<true> =>
  until(
    what,
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return (await isSo()) ? true : undefined;
    },
    PATIENCE_MS,
  );
const told = (): readonly OcsfEvent[] => world.receiver.batches.flatMap(({ events }) => events);
/** Each once, however often it was delivered. */
const alerts = (): readonly string[] => {
  const found = new Map(
    told()
      .filter((event) => event["is_alert"] === true)
      .map((event) => [event.metadata.uid, event.metadata.event_code]),
  );
  return [...found.values()];
};
const codes = (code: string): number =>
  new Set(told().flatMap(({ metadata }) => (metadata.event_code === code ? [metadata.uid] : []))).size;
const statuses = (images: readonly StockImage[]): Promise<readonly number[]> =>
  Promise.all(images.map(async ({ key: { repository, digest } }) => (await pull(world.registry, repository, digest)).status));
/** Images that a puller does not get. */
async function refused(): Promise<number> {
  const all: number[] = [];
  for (let from = 0; from < IMAGES; from += AT_ONCE) all.push(...(await statuses(world.images.slice(from, from + AT_ONCE))));
  return all.filter((status) => status === 404).length;
}

test(
  "ten thousand images are found violating: the brake stops at its limit, the SOC gets one alert, and an event of each image",
  async () => {
    world.writePolicy(policyFor("bench/**"));
    await untilSlowly("a verdict of each", () => codes("registry.verdict.deny") === IMAGES);
    await untilSlowly("the summary", () => codes("gate.run.summary") === 1);
    expect(await run()).toMatchObject({ state: "stopped", held: LIMIT, waiting: IMAGES - LIMIT });
    expect(alerts()).toEqual(["gate.run.stopped"]);
    expect(await refused()).toBe(LIMIT);
  },
  PATIENCE_MS,
);

test(
  `approved, it goes on, also over a kill: ${HELD} of them are held, the registry refuses what the SOC was told of, and no alert more comes`,
  async () => {
    await moorgate(world.gate(), ["brake", "approve", (await run())?.id ?? "?", "--reason", "seen"]);
    const untilHeld = (count: number): Promise<true> =>
      untilSlowly(`${count} to be held`, () => codes("registry.quarantine.applied") >= count);
    await untilHeld(Math.floor(HELD / 2));
    await world.killGate();
    await untilHeld(HELD);
    if (HELD < IMAGES) await moorgate(world.gate(), ["brake", "stop", "--reason", "enough was seen"]);
    await untilSlowly(
      "the registry to refuse what the SOC was told of",
      async () => (await refused()) === codes("registry.quarantine.applied"),
    );
    expect(await refused()).toBeGreaterThanOrEqual(HELD);
    expect(alerts()).toEqual(["gate.run.stopped", ...(HELD < IMAGES ? ["gate.acts.stopped"] : [])]);
    expect(world.peakMiB()).toBeLessThan(1_024);
  },
  PATIENCE_MS,
);

test("afterwards nothing is parked and the journal is whole", async () => {
  const { queue } = await world.gate().ask<{ queue: { parked: number } }>("GET", "/api/v1/status");
  expect(queue.parked).toBe(0);
  await world.gate().process.end("SIGTERM");
  expect(await verifyJournal(world.gate().dir)).toMatchObject({ code: 0 });
}, 120_000);
