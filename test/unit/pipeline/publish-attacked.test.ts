import { afterEach, describe, expect, test } from "vitest";
import { type Built, buildReferrer } from "../../../functions/local/samples/image.ts";
import { makeSigningKey, signImage } from "../../../functions/local/samples/sign.ts";
import type { Digest } from "../../../shared/domain/digest.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import type { ImageManifest } from "../../../shared/domain/manifest.ts";
import { OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { describeBytes } from "../../fakes/pusher.ts";
import { imageNamed, SIGNED_POLICY, type SmallGate, type SmallGateOptions, startSmallGate } from "../../fakes/small-gate.ts";
import { limitsOf } from "../../fixtures/brake.ts";
import { envelopeBy, type VerdictKey, verdictKey } from "../../fixtures/verdict-key.ts";
import { publicationsOf, VSA, verdictsOn } from "../../fixtures/verdict-reading.ts";

const CREATED = "2026-01-01T00:00:00Z";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
/** No image of these tests keeps it. */
const NEVER = "  - { id: never, rule: image-age, maxAge: 1s }\n";

let gate: SmallGate;
let key: VerdictKey;
afterEach(() => gate.stop());

async function start(
  options: SmallGateOptions = {},
  brake: Parameters<typeof startSmallGate>[1] = "off",
  own = verdictKey(),
): Promise<void> {
  key = own;
  gate = await startSmallGate(SIGNED_POLICY, brake, { verdicts: key.settings, ...options });
}

async function pushSigned(name: string, image: Built = imageNamed(name)): Promise<ImageKey> {
  await gate.attach("shop/api", signImage(gate.key, image.manifest, CREATED));
  return gate.push("shop/api", name, image);
}

interface Kept {
  readonly manifest: ImageManifest;
  readonly blobs: readonly Uint8Array[];
}

/** The gate's own attestation, as somebody who may read keeps it for later. */
async function keepVerdict(image: ImageKey): Promise<Kept> {
  const published = (await gate.record(image)).published?.manifests ?? [];
  for (const { manifest } of await gate.client.referrers(image.repository, image.digest)) {
    if (manifest.kind !== "manifest" || manifest.artifactType !== BUNDLE || !published.includes(manifest.digest)) continue;
    const contents = [manifest.config, ...manifest.layers];
    return { manifest, blobs: await Promise.all(contents.map((blob) => gate.client.blob(image.repository, blob, 1_000_000))) };
  }
  throw new Error("the gate has published nothing");
}

async function putBack({ repository }: ImageKey, { manifest, blobs }: Kept): Promise<void> {
  for (const bytes of blobs) await gate.client.putBlob(repository, describeBytes(bytes, ""), bytes);
  await gate.client.putManifest(repository, manifest.bytes, manifest.mediaType, manifest.digest);
}

async function settle(): Promise<void> {
  await gate.drain();
  gate.pass(11_000);
  await gate.drain();
}

describe("T41: an attestation of the gate's own that somebody keeps and puts back", () => {
  test("after the policy has changed is none of the verdict in force, and is taken away", async () => {
    await start();
    const image = await pushSigned("replayed");
    await settle();
    const old = await keepVerdict(image);
    await gate.changePolicy(SIGNED_POLICY.replace("grace: 0s", "grace: 1s"));
    await settle();
    const standing = (await gate.record(image)).published?.manifests;
    expect(standing).not.toContain(old.manifest.digest);
    await putBack(image, old);
    await settle();
    expect(await gate.client.resolve(image.repository, old.manifest.digest)).toBeUndefined();
    expect((await gate.record(image)).published?.manifests).toEqual(standing);
    expect(await verdictsOn(gate, image, key.publicPem)).toEqual(["att", "bundle"]);
  });

  test("after it was withdrawn does not bring the pass back", async () => {
    await start({}, limitsOf({ images: 0 }));
    const image = await pushSigned("withdrawn");
    await settle();
    const old = await keepVerdict(image);
    await gate.changePolicy(SIGNED_POLICY.replace("rules:\n", `rules:\n${NEVER}`));
    await settle();
    const [run] = await gate.gate.operator.runs("stopped");
    expect(await verdictsOn(gate, image, key.publicPem)).toEqual(["att", "bundle"]);
    await gate.gate.operator.decideRun({ run: run?.id ?? "", decision: "approved", actor: { name: "operator", reason: "test" } });
    await settle();
    await gate.gate.operator.release({ image, actor: { name: "operator", reason: "test" } });
    await settle();
    expect(await verdictsOn(gate, image, key.publicPem)).toEqual([]);
    await putBack(image, old);
    expect(await verdictsOn(gate, image, key.publicPem)).toEqual(["bundle"]);
    await settle();
    expect(await verdictsOn(gate, image, key.publicPem)).toEqual([]);
  });
});

test("T71: news of the gate's own pushes is dropped, once for each; told again, or of another repository, it is looked at", async () => {
  await start();
  const image = await pushSigned("own");
  gate.loseEvents(true);
  await gate.drain();
  gate.loseEvents(false);
  const tell = (repository: string, digest: Digest): Promise<number> =>
    gate.announce({ action: "push", repository, digest, actor: "robot" });
  const manifests = (await gate.record(image)).published?.manifests ?? [];
  expect(manifests).toHaveLength(2);
  for (const digest of manifests) {
    expect(await tell("shop/copy", digest)).toBe(1);
    expect(await tell("shop/api", digest)).toBe(0);
    expect(await tell("shop/api", digest)).toBe(1);
  }
});

test("white space around an attestation of the gate's own, which cosign reads past, hides it from nobody", async () => {
  await start();
  const image = imageNamed("padded");
  const pushed = await gate.push("shop/api", "padded", image);
  await settle();
  const padded = bundleBy(key.privatePem, image, 2 * 1024 * 1024);
  await gate.gate.operator.release({ image: pushed, actor: { name: "operator", reason: "test" } });
  await gate.attach("shop/api", padded);
  await settle();
  expect(await gate.client.resolve(pushed.repository, padded.manifest.digest)).toBeUndefined();
  expect(await publicationsOf(gate, pushed)).toEqual(["withdraw planned", "withdraw done"]);
});

/** A statement as the gate would make it, by whomever. */
function passed(digest: Digest): object {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.slice(7) } }],
    predicateType: VSA,
    predicate: { verifier: key.settings.verifier, verificationResult: "PASSED", verifiedLevels: ["ORG_SIGNED"] },
  };
}

function bundleBy(privatePem: string, image: Built, padding = 0): Built {
  const bundle = {
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint: key.settings.signer.keyId } },
    dsseEnvelope: envelopeBy(privatePem, passed(image.manifest.digest)),
  };
  const layer = { mediaType: BUNDLE, bytes: Buffer.from(JSON.stringify(bundle) + " ".repeat(padding)) };
  const annotations = { "dev.sigstore.bundle.predicateType": VSA, "dev.moorgate.verdict": "compliant" };
  return buildReferrer({ subject: image.manifest, artifactType: BUNDLE, layer, annotations });
}

describe("T74: a verdict that the gate has not signed", () => {
  test("changes nothing on an image that violates, though annotations and key hint claim to be the gate's", async () => {
    await start();
    const image = imageNamed("forged");
    const forged = bundleBy(makeSigningKey().privatePem, image);
    await gate.attach("shop/api", forged);
    const pushed = await gate.push("shop/api", "forged", image);
    await settle();
    expect((await gate.record(pushed)).verdict?.kind).toBe("violating");
    expect((await gate.record(pushed)).published).toBeUndefined();
    expect(await publicationsOf(gate, pushed)).toEqual([]);
  });

  test("is neither taken for the gate's own nor taken away from an image that passes", async () => {
    await start();
    const image = imageNamed("beside");
    const forged = bundleBy(gate.key.privatePem, image);
    await gate.attach("shop/api", forged);
    const pushed = await pushSigned("beside", image);
    await settle();
    expect(await verdictsOn(gate, pushed, key.publicPem)).toEqual(["att", "bundle"]);
    expect(await gate.client.resolve(pushed.repository, forged.manifest.digest)).toBe(forged.manifest.digest);
    expect((await gate.record(pushed)).published?.manifests).not.toContain(forged.manifest.digest);
  });
});

describe("what the gate itself has signed", () => {
  test("with a key of before is replaced by the words of the key in use", async () => {
    const former = verdictKey();
    await start({}, "off", verdictKey({ formerKeys: [former.settings.signer.spki] }));
    const image = imageNamed("rotated");
    const old = bundleBy(former.privatePem, image);
    await gate.attach("shop/api", old);
    const pushed = await pushSigned("rotated", image);
    await settle();
    expect(await verdictsOn(gate, pushed, former.publicPem)).toEqual([]);
    expect(await verdictsOn(gate, pushed, key.publicPem)).toEqual(["att", "bundle"]);
  });

  test("is taken away where nothing is to be published any more", async () => {
    await start({}, "off", verdictKey({ isOn: false }));
    const image = imageNamed("off");
    await gate.attach("shop/api", bundleBy(key.privatePem, image));
    const pushed = await pushSigned("off", image);
    await settle();
    expect((await gate.record(pushed)).verdict?.kind).toBe("compliant");
    expect(await verdictsOn(gate, pushed, key.publicPem)).toEqual([]);
    expect(await publicationsOf(gate, pushed)).toEqual(["withdraw planned", "withdraw done"]);
  });
});

describe("attestations of others under the tag that all share", () => {
  async function attestOlder(image: Built): Promise<Uint8Array> {
    const repository = (await gate.push("shop/other", undefined, imageNamed("unused"))).repository.replace("other", "api");
    const statement = { ...passed(image.manifest.digest), predicateType: "https://slsa.dev/provenance/v1" };
    const bytes = Buffer.from(JSON.stringify(envelopeBy(gate.key.privatePem, statement)));
    const layer = {
      ...describeBytes(bytes, "application/vnd.dsse.envelope.v1+json"),
      annotations: { predicateType: "provenance", mine: "yes" },
    };
    const config = Buffer.from("{}");
    const document = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: describeBytes(config, "application/vnd.oci.image.config.v1+json"),
      layers: [layer],
    };
    const place = repository as ImageKey["repository"];
    for (const blob of [bytes, config]) await gate.client.putBlob(place, describeBytes(blob, ""), blob);
    const tag = parseTag(`${image.manifest.digest.replace(":", "-")}.att`);
    await gate.client.putManifest(place, Buffer.from(JSON.stringify(document)), OCI_MANIFEST, tag);
    return bytes;
  }

  test("stay as they were written, count as before, and make the gate publish no second time", async () => {
    await start();
    const policy = `${SIGNED_POLICY}  - { id: built, rule: attestation-required, predicateType: "https://slsa.dev/provenance/v1", signers: [release] }\n`;
    await gate.changePolicy(policy);
    const image = imageNamed("attested");
    await attestOlder(image);
    const pushed = await pushSigned("attested", image);
    await settle();
    await settle();
    expect((await gate.record(pushed)).verdict?.kind).toBe("compliant");
    expect(await verdictsOn(gate, pushed, key.publicPem)).toEqual(["att", "bundle"]);
    expect(await publicationsOf(gate, pushed)).toEqual(["attest planned", "attest done"]);
    await gate.changePolicy(policy.replace("rules:\n", `rules:\n${NEVER}`));
    await settle();
    await gate.gate.operator.release({ image: pushed, actor: { name: "operator", reason: "test" } });
    await settle();
    expect(await verdictsOn(gate, pushed, key.publicPem)).toEqual([]);
    const older = await gate.client.resolve(pushed.repository, parseTag(`${pushed.digest.replace(":", "-")}.att`));
    const left = older === undefined ? undefined : await gate.client.manifest(pushed.repository, older);
    expect(left?.kind === "manifest" && left.layers.map(({ annotations }) => annotations)).toEqual([
      { predicateType: "provenance", mine: "yes" },
    ]);
  });
});
