import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { onSchedule } from "../../../functions/aws/on-schedule.ts";
import type { RegistryEntry } from "../../../shared/compose/gate.ts";
import { lookAtPosture } from "../../../shared/compose/setups.ts";
import { parseRegistryHost } from "../../../shared/domain/image-ref.ts";
import { type FakeAws, serveAws } from "../../fakes/aws/aws.ts";
import { beCaller } from "../../fakes/aws/be-caller.ts";
import { ACCOUNT } from "../../fixtures/aws-events.ts";
import { openDoorGate } from "./door-gate.ts";
import { turn } from "./woken.ts";

let aws: FakeAws;
beforeAll(async () => {
  aws = await serveAws({ regions: ["eu-central-1", "eu-west-1"] });
  aws.registry().create("team/app", { scanOnPush: true });
  beCaller(aws, (name, value) => void vi.stubEnv(name, value));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws.close();
});

function ecr(host: string, endpoint: string): RegistryEntry {
  const usual = { plainHttp: true, credentials: async () => undefined, hookSecrets: [], quarantine: "quarantine" } as const;
  return { host: parseRegistryHost(host), provider: "ecr", mode: "enforce", ...usual, aws: { endpoint, hold: "quarantine-repository" } };
}

test("each day the SIEM hears what is new about a registry's set-up, also where another one does not answer", async () => {
  const { wired, store } = await openDoorGate();
  const hosts = ["us-east-1", "eu-central-1"].map((region) => `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com`);
  const [far = "", near = ""] = hosts;
  const registries = [ecr(far, "http://127.0.0.1:9"), ecr(near, aws.endpoint)];
  for (let day = 0; day < 2; day += 1) await onSchedule({ ...wired, file: { ...wired.file, registries } }, { task: "posture" }, turn());
  const events = (await store.ledger.journal(0, 100)).map(({ event }) => event);
  expect(events).toMatchObject([
    { kind: "posture", registry: far, change: "opened", code: "not-read", state: "unknown" },
    { kind: "posture", registry: near, change: "opened", code: "quarantine-open", state: "mend" },
  ]);
  expect(events).toHaveLength(2);
});

test("a replica that is among the watched registries is not called unwatched", async () => {
  const { wired, store } = await openDoorGate();
  const { account, region, state } = aws.registry();
  state.replication = { rules: [{ destinations: [{ region: "eu-west-1", registryId: account }] }] };
  const registries = [region, "eu-west-1"].map((each) => ecr(`${account}.dkr.ecr.${each}.amazonaws.com`, aws.endpoint));
  await onSchedule({ ...wired, file: { ...wired.file, registries } }, { task: "posture" }, turn());
  const events = (await store.ledger.journal(0, 100)).map(({ event }) => event);
  expect(events).toContainEqual(expect.objectContaining({ code: "quarantine-open" }));
  expect(events).not.toContainEqual(expect.objectContaining({ code: "replica-not-watched" }));
});

test("a call whose time is over asks nothing more", async () => {
  const { wired, store } = await openDoorGate();
  let calls = 0;
  aws.decide = () => {
    calls += 1;
    return "pass";
  };
  const registries = [ecr(`${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com`, aws.endpoint)];
  await expect(lookAtPosture(wired.gate, store, registries, AbortSignal.abort())).rejects.toThrow("aborted");
  expect(calls).toBe(0);
  await lookAtPosture(wired.gate, store, registries);
  expect(calls).toBeGreaterThan(5);
});
