import { createPublicKey } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hexOf, referrersTag } from "../../../shared/domain/digest.ts";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { instant } from "../../../shared/domain/time.ts";
import { openClient } from "../../../shared/oci/client.ts";
import { sha256Of } from "../../../shared/oci/sha256.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { ImageSource } from "../../../shared/ports/image-source.ts";
import type { Trust } from "../../../shared/ports/signature-verifier.ts";
import { cosign } from "../../../shared/signatures/cosign/index.ts";
import { serveLayout } from "../../fakes/layout-registry.ts";
import { BUNDLE_TYPE, bundleOf, bytesOf, ecSigner, OTHER_IMAGE, payloadOf, statementOf } from "../../fixtures/cosign.ts";
import { type LayoutWriter, type Stored, writeLayout } from "../../fixtures/image-layout.ts";
import { goodBundle as keylessBundle, makeInstance, rootOf, WORKFLOW } from "../../fixtures/sigstore.ts";

const signer = ecSigner("prime256v1");
const stranger = ecSigner("prime256v1");
const REPOSITORY = parseRepository("shop/api");
const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";

let layout: LayoutWriter;
let image: Stored;
beforeEach(async () => {
  layout = await writeLayout();
  image = await layout.image("the image", "1.0");
});
afterEach(() => layout.remove());

/** Reads what was written through a registry, and verifies it. */
async function verify({
  referrers = "computed",
  around = (source: ImageSource) => source,
  trust = { keys: [signer.key] },
}: {
  referrers?: "computed" | "none";
  around?: (source: ImageSource) => ImageSource;
  trust?: Trust;
} = {}) {
  await layout.finish();
  const registry = await serveLayout({ dir: layout.dir, referrers });
  try {
    const client = openClient({ host: parseRegistryHost(registry.host), plainHttp: true, credentials: async () => undefined });
    const source = around(client);
    const found = (await source.referrers(REPOSITORY, image.digest)).map((referrer) => ({ repository: REPOSITORY, referrer }));
    return await cosign.verify({
      image: { registry: parseRegistryHost(registry.host), repository: REPOSITORY, digest: image.digest },
      source,
      referrers: found,
      trust,
      now: instant(0),
    });
  } finally {
    await registry.close();
  }
}

async function pushBundle(bundle: object | string, manifest: object = {}, subject: Stored = image): Promise<Stored> {
  const layer = await layout.blob(bytesOf(bundle), BUNDLE_TYPE);
  const config = await layout.blob("{}", "application/vnd.oci.empty.v1+json");
  return layout.manifest({ mediaType: OCI_MANIFEST, artifactType: BUNDLE_TYPE, config, layers: [layer], subject, ...manifest });
}

async function signedLayer(by = signer, payload: object = payloadOf(image.digest)): Promise<Stored> {
  const bytes = bytesOf(payload);
  const annotations = { "dev.cosignproject.cosign/signature": by.sign(bytes).toString("base64") };
  return { ...(await layout.blob(bytes, SIMPLE_SIGNING)), annotations };
}

async function pushTagged(layers: readonly Stored[], suffix = ".sig"): Promise<Stored> {
  const config = await layout.blob("{}", IMAGE_CONFIG);
  return layout.manifest({ mediaType: OCI_MANIFEST, config, layers }, `${referrersTag(image.digest)}${suffix}`);
}

const goodBundle = () => bundleOf(signer, statementOf(image.digest));

describe("signatures are found", () => {
  it("as bundles that refer to the image", async () => {
    const { digest } = await pushBundle(goodBundle());
    const key = sha256Of(createPublicKey(signer.key.pem).export({ type: "spki", format: "der" }));
    expect(await verify()).toEqual([
      { format: "cosign", place: digest, code: "ok", identity: "release", key, detail: "signed by release" },
    ]);
  });

  it("as bundles in the fallback tag's list, whatever the list says they are (T63)", async () => {
    const { annotations: _, ...bundle } = await pushBundle(goodBundle());
    await layout.manifest(
      { mediaType: OCI_INDEX, manifests: [{ ...bundle, artifactType: "application/vnd.oci.empty.v1+json" }] },
      referrersTag(image.digest),
    );
    expect(await verify({ referrers: "none" })).toMatchObject([{ place: bundle.digest, code: "ok" }]);
  });

  it("as bundles whose manifest has no artifact type, by their only layer", async () => {
    await pushBundle(goodBundle(), { artifactType: undefined });
    expect(await verify()).toMatchObject([{ code: "ok" }]);
  });

  it("under the older tag, one fact for each layer", async () => {
    await pushTagged([await signedLayer(stranger), await signedLayer()]);
    expect(await verify({ referrers: "none" })).toMatchObject([
      { place: `${referrersTag(image.digest)}.sig`, code: "signature-invalid" },
      { place: `${referrersTag(image.digest)}.sig`, code: "ok" },
    ]);
  });

  it("as referrers of cosign's experimental kind", async () => {
    const config = await layout.blob("{}", "application/vnd.dev.cosign.artifact.sig.v1+json");
    await layout.manifest({ mediaType: OCI_MANIFEST, config, layers: [await signedLayer()], subject: image });
    expect(await verify()).toMatchObject([{ code: "ok" }]);
  });

  it("in all of these places at once: a bad one hides no good one", async () => {
    await pushBundle("broken");
    await pushTagged([await signedLayer()]);
    expect((await verify()).map(({ code }) => code).sort()).toEqual(["malformed", "ok"]);
  });
});

describe("no signature is found", () => {
  it("on an image that has none", async () => {
    expect(await verify()).toEqual([]);
    expect(await verify({ referrers: "none" })).toEqual([]);
  });

  it.each([
    ["an SBOM whose only layer is a bundle", { artifactType: "application/vnd.example.sbom+json" }],
    [
      "an SBOM that is annotated as a signature",
      {
        artifactType: "application/spdx+json",
        layers: [],
        annotations: { "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1" },
      },
    ],
  ])("in %s", async (_what, manifest) => {
    await pushBundle(goodBundle(), manifest);
    expect(await verify()).toEqual([]);
  });

  it("in a runnable image that calls itself a signature (T75)", async () => {
    const config = await layout.blob("{}", IMAGE_CONFIG);
    const layers = [await layout.blob("rider", "application/vnd.oci.image.layer.v1.tar+gzip")];
    await layout.manifest({ mediaType: OCI_MANIFEST, artifactType: BUNDLE_TYPE, config, layers, subject: image });
    await layout.image("rider", `${referrersTag(image.digest)}.sig`);
    expect(await verify()).toEqual([]);
  });

  it("in an attestation of the older form, or one that nobody signed (T34)", async () => {
    await pushTagged([await layout.blob("{}", "application/vnd.dsse.envelope.v1+json")], ".att");
    const config = await layout.blob("{}", "application/vnd.oci.empty.v1+json");
    const layer = await layout.blob(bytesOf(statementOf(image.digest)), "application/vnd.in-toto+json");
    await layout.manifest({
      mediaType: OCI_MANIFEST,
      artifactType: "application/vnd.in-toto+json",
      config,
      layers: [layer],
      subject: image,
    });
    expect(await verify()).toEqual([]);
  });
});

describe("what lies there and cannot be used is told", () => {
  it("a bundle whose statement is about another image than its manifest is attached to (T35)", async () => {
    await pushBundle(bundleOf(signer, statementOf(OTHER_IMAGE)));
    expect(await verify()).toMatchObject([{ code: "digest-mismatch" }]);
  });

  it("a payload of another image under this image's tag (T35)", async () => {
    await pushTagged([await signedLayer(signer, payloadOf(OTHER_IMAGE))]);
    expect(await verify()).toMatchObject([{ code: "digest-mismatch" }]);
  });

  it("a bundle of two layers", async () => {
    const layer = await layout.blob(bytesOf(goodBundle()), BUNDLE_TYPE);
    await pushBundle({}, { layers: [layer, layer] });
    expect(await verify()).toMatchObject([{ code: "malformed" }]);
  });

  it("a layer without a signature", async () => {
    const { annotations: _, ...layer } = await signedLayer();
    await pushTagged([layer]);
    expect(await verify()).toMatchObject([{ code: "malformed" }]);
  });

  it("a content over 1 MiB, which is not even asked for", async () => {
    const asked: number[] = [];
    await pushBundle({}, { layers: [{ ...(await layout.blob("x", BUNDLE_TYPE)), size: 1024 * 1024 + 1 }] });
    const facts = await verify({
      around: (source) => ({ ...source, blob: (...request) => (asked.push(request[1].size), source.blob(...request)) }),
    });
    expect(facts).toMatchObject([{ code: "too-large" }]);
    expect(asked).toEqual([]);
  });

  it("a content of another size than its manifest says (T05)", async () => {
    await pushBundle({}, { layers: [{ ...(await layout.blob(bytesOf(goodBundle()), BUNDLE_TYPE)), size: 7 }] });
    expect(await verify()).toMatchObject([{ code: expect.stringMatching(/^(malformed|too-large)$/) }]);
  });

  it("a content that is not there", async () => {
    const layer = await layout.blob(bytesOf(goodBundle()), BUNDLE_TYPE);
    await pushBundle({}, { layers: [layer] });
    await rm(join(layout.dir, "blobs", "sha256", hexOf(layer.digest)));
    expect(await verify()).toMatchObject([{ code: "malformed" }]);
  });

  it("more than 1000 signatures under one tag (T50)", async () => {
    const layer = await signedLayer();
    await pushTagged(Array.from({ length: 1001 }, () => layer));
    expect(await verify()).toMatchObject([{ code: "too-large" }]);
  });

  it("a bundle in the fallback list that is attached to another image, though it speaks of this one (T35)", async () => {
    const donor = await layout.image("donor", "donor");
    const { annotations: _, ...foreign } = await pushBundle(goodBundle(), {}, donor);
    await layout.manifest({ mediaType: OCI_INDEX, manifests: [foreign] }, referrersTag(image.digest));
    expect(await verify({ referrers: "none" })).toMatchObject([{ place: foreign.digest, code: "digest-mismatch" }]);
  });

  it("a bundle in the fallback list that does not exist, beside a good one", async () => {
    const { annotations: _, ...good } = await pushBundle(goodBundle());
    const gone = { ...good, digest: OTHER_IMAGE, artifactType: BUNDLE_TYPE };
    await layout.manifest({ mediaType: OCI_INDEX, manifests: [gone, good] }, referrersTag(image.digest));
    expect(await verify({ referrers: "none" })).toMatchObject([{ code: "ok" }, { place: OTHER_IMAGE, code: "malformed" }]);
  });
});

it("signatures of more than 64 MiB together are not read to their end (T51)", async () => {
  const asked: number[] = [];
  const layers = Array.from({ length: 70 }, (_, at) => ({
    mediaType: SIMPLE_SIGNING,
    digest: `sha256:${String(at).padStart(64, "0")}`,
    size: 1024 * 1024,
  }));
  const config = await layout.blob("{}", IMAGE_CONFIG);
  await layout.manifest({ mediaType: OCI_MANIFEST, config, layers }, `${referrersTag(image.digest)}.sig`);
  const facts = await verify({
    around: (source) => ({ ...source, blob: async (...request) => (asked.push(request[1].size), new Uint8Array(1)) }),
  });
  expect(asked).toHaveLength(64);
  expect(facts.map(({ code }) => code)).toEqual([...Array(64).fill("malformed"), ...Array(6).fill("too-large")]);
});

it("a signature that came after the referrers were read is no bad one", async () => {
  const { annotations: _, ...late } = await pushBundle(goodBundle());
  await layout.manifest({ mediaType: OCI_INDEX, manifests: [late] }, referrersTag(image.digest));
  expect(await verify({ around: (source) => ({ ...source, referrers: async () => [] }) })).toEqual([]);
});

it("a payload that was signed a thousand times is fetched once", async () => {
  const asked: string[] = [];
  const layer = await signedLayer();
  await pushTagged(Array.from({ length: 1000 }, () => layer));
  const facts = await verify({
    around: (source) => ({ ...source, blob: (...request) => (asked.push(request[1].digest), source.blob(...request)) }),
  });
  expect(facts.filter(({ code }) => code === "ok")).toHaveLength(1000);
  expect(asked).toEqual([layer.digest]);
});

it.each(["unreachable", "timeout", "rate-limited", "unauthorized", "forbidden"] as const)(
  "a registry that answers %s is a fault and proves nothing (T62, T64)",
  async (code) => {
    await pushBundle(goodBundle());
    const fail = () => Promise.reject(new AdapterError(code, "no blob"));
    await expect(verify({ around: (source) => ({ ...source, blob: fail }) })).rejects.toMatchObject({ code });
  },
);

it("what was read for one trust is not used for another with the same keys", async () => {
  const instance = makeInstance();
  await pushBundle(keylessBundle(instance, { statement: statementOf(image.digest) }));
  const keys: Trust["keys"] = [];
  const sigstore = [{ name: "own", root: JSON.stringify(rootOf(instance)) }];
  const codesOf = async (trust: Trust) => (await verify({ trust })).map(({ code }) => code);
  expect(await codesOf({ keys, sigstore, identities: [WORKFLOW] })).toEqual(["ok"]);
  expect(await codesOf({ keys, sigstore, identities: [{ ...WORKFLOW, subject: { kind: "exact", value: "somebody" } }] })).toEqual([
    "identity-mismatch",
  ]);
  expect(
    await codesOf({ keys, sigstore: [{ name: "own", root: JSON.stringify(rootOf(makeInstance())) }], identities: [WORKFLOW] }),
  ).not.toContain("ok");
  expect(await codesOf({ keys })).toEqual(["identity-mismatch"]);
});
