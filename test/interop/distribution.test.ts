import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ImageView, untilIdle, untilImage, verifyJournal } from "../running/gate.ts";
import { pull } from "../running/push.ts";
import { crane, skopeo } from "./clients.ts";
import { startWatched, type Watched } from "./distribution.ts";
import { type Layout, writeImageLayout, writeIndexLayout } from "./layout.ts";
import { type Cosign, cosignIn } from "./signers.ts";

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: signed-only }
mode: enforce
trust:
  keys: [{ name: release, file: release.pub }]
rules:
  - { id: signed, rule: signature-required, signers: [release], grace: 0s, level: enforce }
`;

const dir = mkdtempSync(join(tmpdir(), "moorgate-distribution-"));
let cosign: Cosign;
let watched: Watched;

beforeAll(async () => {
  cosign = await cosignIn(join(dir, "cosign"));
  watched = await startWatched(POLICY, { "release.pub": cosign.publicKey });
});

afterAll(async () => {
  await watched.stop();
  rmSync(dir, { recursive: true, force: true });
});

const isHeld = ({ held, verdict }: ImageView): boolean => held && verdict === "violating";
const isFree = ({ held, verdict }: ImageView): boolean => !held && verdict === "compliant";

/** Statuses that a puller gets for the tag and every digest of an image. */
async function pullAll(repository: string, { digest, children }: Layout): Promise<readonly number[]> {
  const references = ["v1", digest, ...children];
  return Promise.all(references.map(async (reference) => (await pull(watched.registry, repository, reference)).status));
}

test("an image without a signature is held, and released when a legacy signature arrives at its own name", async () => {
  const image = writeImageLayout(join(dir, "legacy"));
  await skopeo.push(image, `${watched.registry}/team/legacy:v1`);
  await untilImage(watched.gate, image.digest, "held", isHeld);
  expect(await pullAll("team/legacy", image)).toEqual([404, 404]);
  expect((await pull(watched.registry, "quarantine/team/legacy", image.digest)).status).toBe(200);

  await cosign.sign(`${watched.registry}/team/legacy@${image.digest}`, "tag");
  await untilImage(watched.gate, image.digest, "released", isFree);
  expect(await pullAll("team/legacy", image)).toEqual([200, 200]);
  expect(await skopeo.pull(`${watched.registry}/team/legacy:v1`, join(dir, "legacy-back"))).toBe(image.digest);
  expect(await cosign.verifies(`${watched.registry}/team/legacy@${image.digest}`)).toBe(true);
});

test("an image is released when a bundle is attached as a referrer where it lies, and the bundle comes back with it", async () => {
  const image = writeImageLayout(join(dir, "bundle"));
  await crane.push(image, `${watched.registry}/team/bundle:v1`);
  await untilImage(watched.gate, image.digest, "held", isHeld);
  expect(await pullAll("team/bundle", image)).toEqual([404, 404]);

  await cosign.sign(`${watched.registry}/quarantine/team/bundle@${image.digest}`, "bundle");
  await untilImage(watched.gate, image.digest, "released", isFree);
  expect(await pullAll("team/bundle", image)).toEqual([200, 200]);
  expect(await cosign.verifies(`${watched.registry}/team/bundle@${image.digest}`)).toBe(true);
});

test("an index is held with its children and released with them", async () => {
  const index = writeIndexLayout(join(dir, "index"));
  await crane.push(index, `${watched.registry}/team/index:v1`);
  await untilImage(watched.gate, index.digest, "held", isHeld);
  await untilIdle(watched.gate);
  expect(await pullAll("team/index", index)).toEqual([404, 404, 404, 404]);

  await cosign.sign(`${watched.registry}/team/index@${index.digest}`, "tag");
  await untilImage(watched.gate, index.digest, "released", isFree);
  await untilIdle(watched.gate);
  expect(await pullAll("team/index", index)).toEqual([200, 200, 200, 200]);
  expect(await crane.pull(`${watched.registry}/team/index:v1`, join(dir, "index-back"))).toBe(index.digest);
});

test("an image whose signature is there before its tag is never held", async () => {
  const image = writeImageLayout(join(dir, "before"));
  const reference = `${watched.registry}/team/before@${image.digest}`;
  await cosign.sign(reference, "tag");
  await skopeo.push(image, `${watched.registry}/team/before:v1`);
  await untilImage(watched.gate, image.digest, "compliant", isFree);
  const { images } = await watched.gate.ask<{ images: readonly { actions: readonly unknown[] }[] }>(
    "GET",
    `/api/v1/images/${image.digest}`,
  );
  expect(images.flatMap(({ actions }) => actions)).toEqual([]);
  expect(await pullAll("team/before", image)).toEqual([200, 200]);
});

test("a signature by another key releases nothing", async () => {
  const image = writeImageLayout(join(dir, "stranger"));
  const stranger = await cosignIn(join(dir, "stranger-key"));
  await skopeo.push(image, `${watched.registry}/team/stranger:v1`);
  await untilImage(watched.gate, image.digest, "held", isHeld);
  await stranger.sign(`${watched.registry}/team/stranger@${image.digest}`, "tag");
  await untilImage(
    watched.gate,
    image.digest,
    "judged with the signature",
    (view) => isHeld(view) && JSON.stringify(view).includes('"found":1'),
  );
  expect(await pullAll("team/stranger", image)).toEqual([404, 404]);
});

test("a held image that is pushed again is held again", async () => {
  const image = writeImageLayout(join(dir, "again"));
  await skopeo.push(image, `${watched.registry}/team/again:v1`);
  await untilImage(watched.gate, image.digest, "held", isHeld);
  await skopeo.push(image, `${watched.registry}/team/again:v2`);
  await untilIdle(watched.gate);
  await untilImage(watched.gate, image.digest, "held again", (view) => isHeld(view) && view.tags.includes("v2"));
  expect((await pull(watched.registry, "team/again", "v2")).status).toBe(404);
  expect(await pullAll("team/again", image)).toEqual([404, 404]);
});

test("release and undo bring an image back byte for byte", async () => {
  const image = writeImageLayout(join(dir, "undo"));
  await skopeo.push(image, `${watched.registry}/team/undo:v1`);
  const bytes = new Uint8Array(readFileSync(join(image.dir, "blobs", image.digest.replace(":", "/"))));
  await untilImage(watched.gate, image.digest, "held", isHeld);
  const reference = `${watched.registry}/team/undo@${image.digest}`;
  const released = await watched.gate.ask<{ undo: string; action: { id: string } }>("POST", "/api/v1/release", {
    image: reference,
    reason: "tested by hand",
  });
  expect((await pull(watched.registry, "team/undo", "v1")).bytes).toEqual(bytes);
  await undo({ action: released.action.id, reason: "and held again" });
  expect(await pullAll("team/undo", image)).toEqual([404, 404]);
  const { images } = await watched.gate.ask<{ images: readonly { actions: readonly { id: string; verb: string }[] }[] }>(
    "GET",
    `/api/v1/images/${image.digest}`,
  );
  const hold = images.flatMap(({ actions }) => actions).find(({ verb }) => verb === "hold");
  await undo({ action: hold?.id, reason: "and back" });
  expect((await pull(watched.registry, "team/undo", image.digest)).bytes).toEqual(bytes);
});

async function undo(asked: { readonly action: string | undefined; readonly reason: string }): Promise<void> {
  const { hash } = await watched.gate.ask<{ hash: string }>("POST", "/api/v1/undo", asked);
  await watched.gate.ask("POST", "/api/v1/undo", { ...asked, plan: hash });
}

test("afterwards nothing is parked and the journal is whole", async () => {
  await untilIdle(watched.gate);
  const { queue } = await watched.gate.ask<{ queue: { parked: number } }>("GET", "/api/v1/status");
  expect(queue.parked).toBe(0);
  await watched.gate.process.end("SIGTERM");
  expect(await verifyJournal(watched.gate.dir)).toMatchObject({ code: 0 });
});
