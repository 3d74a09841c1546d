import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import { OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { openLayout } from "../../../shared/oci/layout.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { ImageSource } from "../../../shared/ports/image-source.ts";
import { cosign } from "../../../shared/signatures/cosign/index.ts";
import { verifyBundle } from "../../../shared/signatures/cosign/verify-bundle.ts";
import { signWith } from "../../fixtures/certificates.ts";
import { BUNDLE_TYPE, bundleOf, bytesOf, ecSigner, IMAGE, SIGNERS, type Signer, trusting } from "../../fixtures/cosign.ts";
import { type LayoutWriter, type Stored, writeLayout } from "../../fixtures/image-layout.ts";
import { makeInstance, makeLeaf, NOW, trustingInstance } from "../../fixtures/sigstore.ts";
import { base64, logEntry, payloadBody } from "../../fixtures/sigstore-log.ts";

const manifest = Buffer.from('{"schemaVersion":2}');
const signer = ecSigner("prime256v1");
const digestOf = (bytes: Uint8Array, algorithm = "sha256"): string => createHash(algorithm).update(bytes).digest("base64");

/** A bundle over bare bytes, as tools sign files. */
function messageBundle(by: Signer, over: Uint8Array, digest: object | null = { algorithm: "SHA2_256", digest: digestOf(over) }): object {
  const { mediaType, verificationMaterial } = bundleOf(by);
  return { mediaType, verificationMaterial, messageSignature: { messageDigest: digest, signature: base64(by.sign(over)) } };
}
const codeOf = (bundle: object, more: object = {}): string | undefined =>
  verifyBundle(bytesOf(bundle), { ...trusting(signer), manifest, ...more })?.code;

describe("a bundle over bare bytes", () => {
  it.each(Object.entries(SIGNERS))("is a signature of the image whose manifest they are, by %s", (_, make) => {
    const by = make();
    expect(verifyBundle(bytesOf(messageBundle(by, manifest)), { ...trusting(by), manifest })).toMatchObject({
      code: "ok",
      identity: "release",
    });
  });

  it("may leave out what it signs, or name it by a longer digest", () => {
    expect(codeOf(messageBundle(signer, manifest, null))).toBe("ok");
    expect(codeOf(messageBundle(signer, manifest, { algorithm: "SHA2_512", digest: digestOf(manifest, "sha512") }))).toBe("ok");
  });

  it.each([
    ["is over other bytes", messageBundle(signer, Buffer.from("{}")), "digest-mismatch"],
    ["is over other bytes, and does not say so", messageBundle(signer, Buffer.from("{}"), null), "signature-invalid"],
    [
      "is over other bytes, and says that they were these",
      messageBundle(signer, Buffer.from("{}"), { algorithm: "SHA2_256", digest: digestOf(manifest) }),
      "signature-invalid",
    ],
    ["is over the image's digest as text", messageBundle(signer, Buffer.from(IMAGE)), "digest-mismatch"],
    ["is by somebody else", messageBundle(ecSigner("prime256v1"), manifest), "signature-invalid"],
    ["names the bytes by SHA-1", messageBundle(signer, manifest, { algorithm: "SHA1", digest: digestOf(manifest, "sha1") }), "unsupported"],
    ["names the bytes by nothing", messageBundle(signer, manifest, {}), "unsupported"],
    [
      "names the bytes by no algorithm",
      messageBundle(signer, manifest, { algorithm: "constructor", digest: digestOf(manifest) }),
      "unsupported",
    ],
    ["names an empty digest", messageBundle(signer, manifest, { algorithm: "SHA2_256" }), "digest-mismatch"],
  ])("that %s is none", (_, bundle, code) => {
    expect(codeOf(bundle)).toBe(code);
  });

  it("is no attestation, and carries no annotations", () => {
    const bundle = messageBundle(signer, manifest);
    expect(codeOf(bundle, { predicateType: "https://slsa.dev/provenance/v1" })).toBeUndefined();
    expect(codeOf(bundle, { annotations: { env: "prod" } })).toBe("predicate-mismatch");
    expect(codeOf(messageBundle(ecSigner("prime256v1"), manifest), { annotations: { env: "prod" } })).toBe("signature-invalid");
  });

  it("by a certificate must be in the log with these very bytes (T20)", () => {
    const instance = makeInstance();
    const leaf = makeLeaf(instance);
    const { signature } = signWith(leaf, manifest);
    const bundleWith = (covered: Uint8Array): object => ({
      mediaType: BUNDLE_TYPE,
      verificationMaterial: {
        certificate: { rawBytes: base64(leaf.bytes) },
        tlogEntries: [logEntry(instance.log, payloadBody({ leaf, covered: Buffer.from(covered), signature }))],
      },
      messageSignature: { messageDigest: { algorithm: "SHA2_256", digest: digestOf(manifest) }, signature: base64(signature) },
    });
    const expected = { ...trustingInstance(instance), manifest };
    expect(verifyBundle(bytesOf(bundleWith(manifest)), expected)?.code).toBe("ok");
    expect(verifyBundle(bytesOf(bundleWith(Buffer.from("{}"))), expected)?.code).toBe("signature-invalid");
  });
});

describe("an image with a bundle over bare bytes", () => {
  const place = parseRepository("shop/api");
  const quarantine = parseRepository("quarantine/shop/api");
  let layout: LayoutWriter;
  let image: Stored;
  beforeEach(async () => {
    layout = await writeLayout();
    image = await layout.image("the image", "1.0");
    await writeFile(join(layout.dir, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  });
  afterEach(() => layout.remove());

  async function push(bundle: object): Promise<void> {
    const layer = await layout.blob(bytesOf(bundle), BUNDLE_TYPE);
    const config = await layout.blob("{}", "application/vnd.oci.empty.v1+json");
    await layout.manifest({ mediaType: OCI_MANIFEST, artifactType: BUNDLE_TYPE, config, layers: [layer], subject: image });
  }

  async function verify(more: Partial<Parameters<typeof cosign.verify>[0]> = {}, around = (source: ImageSource) => source) {
    await layout.finish();
    const source = around(await openLayout(layout.dir));
    const referrers = (await source.referrers(place, image.digest)).map((referrer) => ({ repository: place, referrer }));
    const registry = parseRegistryHost("registry.example");
    const trust = { keys: [signer.key] };
    const facts = await cosign.verify({
      image: { registry, repository: place, digest: image.digest },
      source,
      referrers,
      trust,
      now: NOW,
      ...more,
    });
    return facts.map(({ code }) => code);
  }

  const manifestOf = async (): Promise<Uint8Array> => {
    await layout.finish();
    return (await (await openLayout(layout.dir)).manifest(place, image.digest))?.bytes ?? Buffer.alloc(0);
  };

  it("is signed by it, and its manifest is read once for all of them, and not at all without them", async () => {
    const asked: string[] = [];
    const counting = (source: ImageSource): ImageSource => ({
      ...source,
      manifest: (repository, digest) => {
        asked.push(repository);
        return source.manifest(repository, digest);
      },
    });
    await push(bundleOf(signer));
    await verify({}, counting);
    expect(asked).toEqual([]);
    const bytes = await manifestOf();
    await push(messageBundle(signer, bytes));
    await push(messageBundle(ecSigner("prime256v1"), bytes));
    expect((await verify({}, counting)).filter((code) => code === "ok")).toHaveLength(1);
    expect(asked).toEqual([place]);
  });

  it("tells of it that it is a signature, and of what", async () => {
    await push(messageBundle(signer, await manifestOf()));
    await layout.finish();
    const source = await openLayout(layout.dir);
    const referrers = (await source.referrers(place, image.digest)).map((referrer) => ({ repository: place, referrer }));
    expect(
      await cosign.claims?.({
        image: { registry: parseRegistryHost("registry.example"), repository: place, digest: image.digest },
        source,
        referrers,
        now: NOW,
      }),
    ).toMatchObject([{ says: { kind: "signature" }, about: image.digest }]);
  });

  it("has its manifest read from where it was moved to", async () => {
    const bytes = await manifestOf();
    await push(messageBundle(signer, bytes));
    const moved = (source: ImageSource): ImageSource => ({
      ...source,
      manifest: async (repository, digest) => (repository === quarantine ? source.manifest(place, digest) : undefined),
    });
    expect(await verify({ repositories: [place, quarantine] }, moved)).toEqual(["ok"]);
    expect(await verify({}, moved)).toEqual(["unsupported"]);
  });

  it("is not called unsigned where its manifest could not be read", async () => {
    await push(messageBundle(signer, await manifestOf()));
    const failing = (source: ImageSource): ImageSource => ({
      ...source,
      manifest: () => Promise.reject(new AdapterError("unreachable", "no manifest")),
    });
    await expect(verify({}, failing)).rejects.toMatchObject({ code: "unreachable" });
  });
});
