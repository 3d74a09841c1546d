import { afterAll, beforeAll, expect, test } from "vitest";
import type { Built } from "../../functions/local/samples/image.ts";
import { makeSigningKey, signImage } from "../../functions/local/samples/sign.ts";
import { parseRegistryHost, parseRepository, parseTag } from "../../shared/domain/image-ref.ts";
import { openClient } from "../../shared/oci/client.ts";
import { digestOf } from "../fakes/pusher.ts";
import { imageNamed } from "../fakes/small-gate.ts";
import { moorgate, untilIdle, untilImage } from "../running/gate.ts";
import { until } from "../running/process.ts";
import { pull } from "../running/push.ts";
import { startWatched, type Watched } from "./distribution.ts";

/** What is done to tags at a real distribution registry: it deletes no tag alone, and a deletion by digest takes all tags of the digest. */
const policy = (enforcement: string): string => `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: tags }
mode: enforce
enforcement: { inUse: { deadline: 0s, afterwards: hold }, ${enforcement} }
trust: { keys: [{ name: release, file: release.pub }] }
rules:
  - { id: signed, rule: signature-required, grace: 0s }
`;

const REPOSITORY = parseRepository("team/app");
const key = makeSigningKey();
let marking: Watched;
let rolling: Watched;

beforeAll(async () => {
  marking = await startWatched(policy("onViolation: mark"), { "release.pub": key.publicPem });
  rolling = await startWatched(policy("rollBack: [stable]"), { "release.pub": key.publicPem });
});

afterAll(async () => {
  await marking.stop();
  await rolling.stop();
});

async function put({ registry }: Watched, { manifest, blobs }: Built, reference: string): Promise<void> {
  const client = openClient({ host: parseRegistryHost(registry), plainHttp: true, credentials: async () => undefined });
  for (const { digest, bytes } of blobs) await client.putBlob(REPOSITORY, { digest, size: bytes.byteLength }, bytes);
  await client.putManifest(REPOSITORY, manifest.bytes, manifest.mediaType, parseTag(reference));
}

async function push(watched: Watched, name: string, tag: string): Promise<string> {
  await put(watched, imageNamed(name), tag);
  return imageNamed(name).manifest.digest;
}

async function sign(watched: Watched, name: string): Promise<void> {
  const subject = imageNamed(name).manifest;
  const signature = signImage(key, subject, "2026-01-01T00:00:00Z");
  await put(watched, signature, `${subject.digest.replace(":", "-")}.sig`);
}

const status = async ({ registry }: Watched, reference: string): Promise<number> => (await pull(registry, REPOSITORY, reference)).status;

async function digestAt({ registry }: Watched, tag: string): Promise<string> {
  return digestOf((await pull(registry, REPOSITORY, tag)).bytes);
}

/** By hand, so that it does not depend on when an event comes. */
async function release(watched: Watched, digest: string): Promise<void> {
  await moorgate(watched.gate, ["release", `${watched.registry}/${REPOSITORY}@${digest}`, "--reason", "test", "--yes"]);
}

/** What waits for a later time is no sign that tags are still on their way. */
function untilTag(watched: Watched, tag: string, digest: string | undefined): Promise<true> {
  return until(`${tag} to be ${digest ?? "gone"}`, async () => {
    const { status: answer, bytes } = await pull(watched.registry, REPOSITORY, tag);
    return (answer === 200 ? digestOf(bytes) : undefined) === digest ? true : undefined;
  });
}

test("a mark is set, and taken away without the image, its digest or its other tag", async () => {
  const digest = await push(marking, "marked", "1.0");
  await untilImage(marking.gate, digest, "marked", ({ verdict }) => verdict === "violating");
  await untilIdle(marking.gate);
  expect(await digestAt(marking, "1.0-violating")).toBe(digest);
  await release(marking, digest);
  await untilTag(marking, "1.0-violating", undefined);
  expect([await status(marking, "1.0-violating"), await status(marking, "1.0"), await status(marking, digest)]).toEqual([404, 200, 200]);
});

test("a tag is rolled back before its image is held, and comes back with it", async () => {
  await sign(rolling, "good");
  const good = await push(rolling, "good", "stable");
  await untilImage(rolling.gate, good, "compliant", ({ verdict }) => verdict === "compliant");
  await untilIdle(rolling.gate);
  const bad = await push(rolling, "bad", "stable");
  await untilImage(rolling.gate, bad, "held", ({ held }) => held);
  await untilIdle(rolling.gate);
  expect(await digestAt(rolling, "stable")).toBe(good);
  expect(await status(rolling, bad)).toBe(404);
  await release(rolling, bad);
  await untilTag(rolling, "stable", bad);
  expect([await status(rolling, "stable-violating"), await status(rolling, good)]).toEqual([404, 200]);
});
