import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSigningKey } from "../../functions/local/samples/sign.ts";
import { type ImageView, untilIdle, untilImage } from "../running/gate.ts";
import { until } from "../running/process.ts";
import { type Ended, findProgram, tryRun } from "../running/programs.ts";
import { pull } from "../running/push.ts";
import { crane, skopeo } from "./clients.ts";
import { startWatchedWith, type Watched } from "./distribution.ts";
import { type Layout, writeImageLayout, writeIndexLayout } from "./layout.ts";
import { type Cosign, cosignIn, type Notation, notationIn } from "./signers.ts";

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: signed-only }
mode: enforce
enforcement: { inUse: { deadline: 0s, afterwards: hold } }
trust:
  keys: [{ name: release, file: release.pub }]
rules:
  - { id: signed, rule: signature-required, signers: [release], grace: 0s, level: enforce }
`;
const NEVER = "  - { id: never, rule: image-age, maxAge: 1s }\n";
const VERIFIER = "https://compliance.example/moorgate";
const SETTINGS = `verdicts: { key: "env:VERDICT_KEY", verifier: "${VERIFIER}", levels: [ORG_SIGNED] }\n`;

type Published = ImageView & { readonly published?: { readonly manifests: readonly string[] } };
const isPublished = (image: ImageView): boolean => (image as Published).published?.manifests.length !== undefined;

const dir = mkdtempSync(join(tmpdir(), "moorgate-verdict-"));
const key = makeSigningKey();
let cosign: Cosign;
let notation: Notation;
let watched: Watched;

beforeAll(async () => {
  cosign = await cosignIn(join(dir, "cosign"));
  notation = await notationIn(join(dir, "notation"));
  writeFileSync(join(dir, "verdict.pub"), key.publicPem);
  const files = { "release.pub": cosign.publicKey };
  watched = await startWatchedWith({ policy: POLICY, files, settings: SETTINGS, env: { VERDICT_KEY: key.privatePem } });
});

afterAll(async () => {
  await watched.stop();
  rmSync(dir, { recursive: true, force: true });
});

type Form = "bundle" | "att";

function demand(reference: string, form: Form, type = "https://slsa.dev/verification_summary/v1"): Promise<Ended> {
  const how = [
    "--key",
    join(dir, "verdict.pub"),
    "--type",
    type,
    "--insecure-ignore-tlog=true",
    "--allow-http-registry",
    "--output",
    "json",
  ];
  const older = form === "att" ? ["--new-bundle-format=false"] : [];
  return tryRun(findProgram("cosign"), ["verify-attestation", ...how, ...older, reference], { cwd: dir, env: { HOME: dir } });
}

/** What `cosign verify-attestation` says of both forms: the exit codes. */
async function codes(reference: string): Promise<readonly number[]> {
  return [(await demand(reference, "bundle")).code, (await demand(reference, "att")).code];
}

async function pushSigned(name: string, image: Layout): Promise<string> {
  const reference = `${watched.registry}/team/${name}@${image.digest}`;
  await cosign.sign(reference, "tag");
  await skopeo.push(image, `${watched.registry}/team/${name}:v1`);
  await untilImage(watched.gate, image.digest, "published", isPublished);
  return reference;
}

function predicateIn({ stdout }: Ended): unknown {
  const [line = ""] = stdout.split("\n").filter((text) => text.startsWith("{"));
  const { payload } = JSON.parse(line) as { readonly payload: string };
  return (JSON.parse(Buffer.from(payload, "base64").toString("utf8")) as { readonly predicate: unknown }).predicate;
}

test("cosign accepts the published verdict in both forms, and reads what it says", async () => {
  const image = writeImageLayout(join(dir, "accepted"));
  const reference = await pushSigned("accepted", image);
  const expected = {
    verifier: { id: VERIFIER },
    resourceUri: `oci://${reference}`,
    policy: { uri: `${VERIFIER}/policies/signed-only`, digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    verificationResult: "PASSED",
    verifiedLevels: ["SLSA_BUILD_LEVEL_UNEVALUATED", "ORG_SIGNED"],
  };
  for (const form of ["bundle", "att"] as const) {
    const ended = await demand(reference, form);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(predicateIn(ended)).toMatchObject(expected);
  }
  expect((await demand(reference, "bundle", "https://slsa.dev/provenance/v1")).code).not.toBe(0);
});

test("cosign accepts the verdict on an index and on each of its platforms", async () => {
  const index = writeIndexLayout(join(dir, "index"));
  const name = `${watched.registry}/team/index`;
  await cosign.sign(`${name}@${index.digest}`, "tag");
  await crane.push(index, `${name}:v1`);
  await untilImage(watched.gate, index.digest, "published", isPublished);
  await untilIdle(watched.gate, 90_000);
  const platforms = await Promise.all(index.children.map((digest) => codes(`${name}@${digest}`)));
  expect(await codes(`${name}@${index.digest}`)).toEqual([0, 0]);
  expect(platforms).toEqual(index.children.map(() => [0, 0]));
});

test("cosign refuses after the verdict was withdrawn, though the image can be pulled", async () => {
  const image = writeImageLayout(join(dir, "withdrawn"));
  const reference = await pushSigned("withdrawn", image);
  expect(await codes(reference)).toEqual([0, 0]);
  writeFileSync(join(watched.gate.dir, "policy.yaml"), POLICY.replace("rules:\n", `rules:\n${NEVER}`));
  try {
    await untilImage(watched.gate, image.digest, "held", ({ held }) => held);
    await watched.gate.ask("POST", "/api/v1/release", { image: reference, reason: "needed tonight" });
    await untilImage(watched.gate, image.digest, "without a verdict", (view) => !view.held && !isPublished(view));
    expect((await pull(watched.registry, "team/withdrawn", image.digest)).status).toBe(200);
    const ended = await codes(reference);
    expect(ended.every((code) => code !== 0)).toBe(true);
    expect(await cosign.verifies(reference)).toBe(true);
  } finally {
    writeFileSync(join(watched.gate.dir, "policy.yaml"), POLICY);
  }
  await untilImage(watched.gate, image.digest, "published again", isPublished);
  await until("cosign to accept", async () => ((await codes(reference)).every((code) => code === 0) ? true : undefined));
});

test("signatures by cosign and notation still verify after hold and release, byte for byte, and so does the verdict", async () => {
  const image = writeImageLayout(join(dir, "both"));
  const reference = await pushSigned("both", image);
  await notation.sign(reference, "tag");
  await cosign.sign(reference, "bundle");
  await untilIdle(watched.gate, 90_000);
  const signature = `${image.digest.replace(":", "-")}.sig`;
  const bytes = async (): Promise<readonly Uint8Array[]> =>
    Promise.all(["v1", image.digest, signature].map(async (name) => (await pull(watched.registry, "team/both", name)).bytes));
  const before = await bytes();
  await watched.gate.ask("POST", "/api/v1/hold", { image: reference, reason: "tested by hand" });
  expect((await pull(watched.registry, "team/both", image.digest)).status).toBe(404);
  await untilImage(watched.gate, image.digest, "without a verdict", (view) => view.held && !isPublished(view));
  await watched.gate.ask("POST", "/api/v1/release", { image: reference, reason: "tested by hand" });
  await untilImage(watched.gate, image.digest, "published again", (view) => !view.held && isPublished(view));
  expect(await bytes()).toEqual(before);
  expect(await cosign.verifies(reference)).toBe(true);
  expect(await notation.verifies(reference)).toBe(true);
  expect(await codes(reference)).toEqual([0, 0]);
});
