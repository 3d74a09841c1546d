import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Built, buildImage } from "../../functions/local/samples/image.ts";
import { makeSigningKey, signImage } from "../../functions/local/samples/sign.ts";
import { endGate, gateFolder, type RunningGate, startGate, untilIdle, untilImage } from "../running/gate.ts";
import { until } from "../running/process.ts";
import { insistOnPush } from "../running/push.ts";
import { type OcsfEvent, type Receiver, startReceiver } from "./receiver.ts";

/** The vendor's schemas, in the folder that the corpus runner reads too. */
const SCHEMAS = join(process.env["MOORGATE_CORPUS"] ?? fileURLToPath(new URL("../../../shared/corpus", import.meta.url)), "ocsf/1.8.0");

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: unsigned }
mode: enforce
enforcement: { inUse: { deadline: 0s, afterwards: hold } }
trust:
  keys: [{ name: release, file: release.pub }]
rules:
  - { id: signed, rule: signature-required, signers: [release], grace: 0s, level: enforce }
`;

const key = makeSigningKey();
let receiver: Receiver;
let gate: RunningGate;

beforeAll(async () => {
  if (!existsSync(SCHEMAS))
    throw new Error(`there are no OCSF schemas in ${SCHEMAS}: name the folder that has ocsf/1.8.0 in MOORGATE_CORPUS`);
  receiver = await startReceiver();
  const settings = `apiVersion: moorgate.dev/v1
kind: Settings
sinks:
  - { name: soc, kind: webhook, url: "${receiver.url}", secret: "env:SINK_SECRET", plainHttp: true }
`;
  gate = await startGate(gateFolder({ policy: POLICY, settings, files: { "release.pub": key.publicPem } }), {
    SINK_SECRET: receiver.secret,
  });
});

afterAll(async () => {
  await endGate(gate);
  await receiver.stop();
});

function imageOf(number: number): Built {
  const files = [{ path: "app/number", content: String(number) }];
  return buildImage({ platform: { os: "linux", architecture: "amd64" }, files, labels: {}, created: "2026-01-01T00:00:00Z" });
}

async function push(number: number): Promise<string> {
  const image = imageOf(number);
  await insistOnPush(
    { address: () => gate.registry, repository: `team/app-${number % 3}`, giveUpAt: Date.now() + 30_000 },
    image,
    `v${number}`,
  );
  return image.manifest.digest;
}

/** Ids of the journal's events, in order: what the receiver has to get. */
async function told(): Promise<readonly string[]> {
  const { entries } = await gate.ask<{ entries: readonly { event: { id: string } }[] }>("GET", "/api/v1/journal?after=0&limit=500");
  return entries.map(({ event }) => event.id);
}

/** Waits until every event of the journal was taken with a 2xx. */
async function untilDelivered(): Promise<readonly OcsfEvent[]> {
  await untilIdle(gate);
  const wanted = await told();
  return until("all events to arrive", async () => {
    const taken = receiver.batches.filter(({ answered }) => answered === 200).flatMap(({ events }) => events);
    const ids = new Set(taken.map(({ metadata }) => metadata.uid));
    return wanted.every((id) => ids.has(id)) ? taken : undefined;
  });
}

function compile(): (event: OcsfEvent) => string {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  const known = new Map<string, ValidateFunction>();
  return (event) => {
    const profiles = event.metadata.profiles.toSorted().join("+") || "base";
    const file = `${event.class_name.toLowerCase().replaceAll(" ", "_")}.${profiles}.schema.json`;
    const validate = known.get(file) ?? ajv.compile(JSON.parse(readFileSync(join(SCHEMAS, file), "utf8")) as object);
    known.set(file, validate);
    return validate({ ...event }) ? "" : `${event.metadata.event_code}: ${ajv.errorsText(validate.errors)}`;
  };
}

test("every event of a hold and a release reaches the sink, signed, and is valid OCSF 1.8.0", async () => {
  const digest = await push(1);
  await untilImage(gate, digest, "held", ({ held }) => held);
  const [image] = await gate.images(`&q=digest:${digest}`);
  await gate.ask("POST", "/api/v1/release", { image: `${image?.registry}/${image?.repository}@${digest}`, reason: "tested by hand" });
  await fetch(`${gate.url}/hooks/oci`, { method: "POST", body: "{}" });
  const events = await untilDelivered();
  const check = compile();
  expect(events.map(check).filter((problem) => problem !== "")).toEqual([]);
  expect(new Set(events.map(({ class_uid }) => class_uid))).toEqual(new Set([2003, 6003]));
  expect(receiver.forged).toEqual([]);
});

test("that an image was signed and is not any more reaches the sink as a Detection Finding, and its end", async () => {
  const image = imageOf(2);
  const signature = signImage(key, image.manifest, "2026-01-01T00:00:00Z");
  const place = { address: () => gate.registry, repository: "team/app-2", giveUpAt: Date.now() + 60_000 };
  await insistOnPush(place, signature);
  const digest = await push(2);
  await untilImage(gate, digest, "judged", ({ verdict }) => verdict === "compliant");
  const path = `http://${gate.registry}/v2/team/app-2/manifests/${signature.manifest.digest}`;
  expect((await fetch(path, { method: "DELETE" })).status).toBe(202);
  await untilImage(gate, digest, "held", ({ held }) => held);
  await insistOnPush(place, signature);
  await untilImage(gate, digest, "released", ({ held }) => !held);
  const findings = (await untilDelivered()).filter(({ class_uid }) => class_uid === 2004);
  expect(findings.map(({ metadata }) => metadata.event_code)).toEqual(["registry.signature.lost", "registry.signature.restored"]);
  expect(findings.map(compile()).filter((problem) => problem !== "")).toEqual([]);
});

test.each([503, "down"] as const)(
  "a sink that answers %s for a while loses nothing, in order per image, and no event comes twice but for a retry",
  async (fault) => {
    await untilDelivered();
    const before = receiver.batches.length;
    await receiver.answer(fault);
    const digests: string[] = [];
    for (let number = 0; number < 12; number++) digests.push(await push((fault === 503 ? 100 : 200) + number));
    for (const digest of digests) await untilImage(gate, digest, "held", ({ held }) => held);
    if (fault === 503) await until("a try that was refused", async () => (receiver.batches.length > before ? true : undefined));
    await receiver.answer(200);
    const taken = await untilDelivered();
    const ids = taken.map(({ metadata }) => metadata.uid);
    expect(ids.filter((id, place) => ids.indexOf(id) !== place)).toEqual([]);
    const order = await told();
    expect(ids).toEqual(order.filter((id) => ids.includes(id)));
  },
);

test("a refused batch is sent again under the same id", () => {
  const refused = receiver.batches.filter(({ answered }) => answered === 503);
  const taken = new Set(
    receiver.batches.filter(({ answered }) => answered === 200).flatMap(({ events }) => events.map(({ metadata }) => metadata.uid)),
  );
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.flatMap(({ events }) => events.map(({ metadata }) => metadata.uid)).every((id) => taken.has(id))).toBe(true);
});
