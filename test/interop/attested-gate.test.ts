import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildImage } from "../../functions/local/samples/image.ts";
import { parseImageKey } from "../../shared/domain/image-ref.ts";
import { resourceOf } from "../../shared/signatures/binauthz/judge.ts";
import { attestorDocument, attestorSigner, occurrenceOf, payloadOf } from "../fixtures/binauthz.ts";
import { endGate, gateFolder, type RunningGate, startGate, untilImage } from "../running/gate.ts";
import { insistOnPush, pull } from "../running/push.ts";

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: attested }
mode: enforce
enforcement: { inUse: { deadline: 0s, afterwards: hold } }
trust: { attestors: [{ name: ci, file: ci.json }] }
rules:
  - { id: attested, rule: signature-required, signers: [ci], grace: 0s, untaggedGrace: 0s }
`;
const SETTINGS = `apiVersion: moorgate.dev/v1
kind: Settings
attestations: [exported]
brake: off
`;

const signer = attestorSigner("EC_SIGN_P256_SHA256");
let gate: RunningGate;

beforeAll(async () => {
  const dir = gateFolder({ policy: POLICY, settings: SETTINGS, files: { "ci.json": JSON.stringify(attestorDocument([signer.key])) } });
  mkdirSync(join(dir, "exported"));
  gate = await startGate(dir);
});
afterAll(() => endGate(gate));

function exported(documents: readonly object[]): void {
  writeFileSync(join(gate.dir, "exported", "attestations.json"), JSON.stringify(documents));
}

test("a gate holds what nobody attested, releases it once an attestation is exported, and holds it again once that is taken back", async () => {
  const files = [{ path: "app/number", content: "1" }];
  const image = buildImage({ platform: { os: "linux", architecture: "amd64" }, files, labels: {}, created: "2026-01-01T00:00:00Z" });
  const { digest } = image.manifest;
  await insistOnPush({ address: () => gate.registry, repository: "shop/api", giveUpAt: Date.now() + 20_000 }, image, "v1");
  await untilImage(gate, digest, "held", ({ held, verdict }) => held && verdict === "violating");
  expect((await pull(gate.registry, "shop/api", digest)).status).toBe(404);

  const key = parseImageKey(`${gate.registry}/shop/api@${digest}`);
  exported([{ ...occurrenceOf(signer, payloadOf(key)), resourceUri: resourceOf(key) }]);
  await untilImage(gate, digest, "released", ({ held, verdict }) => !held && verdict === "compliant");
  expect((await pull(gate.registry, "shop/api", "v1")).status).toBe(200);

  exported([]);
  await untilImage(gate, digest, "held again", ({ held, verdict }) => held && verdict === "violating");
});
