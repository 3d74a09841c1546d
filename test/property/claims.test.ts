import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRegistryHost, parseRepository } from "../../shared/domain/image-ref.ts";
import { type ImageManifest, OCI_MANIFEST } from "../../shared/domain/manifest.ts";
import { instant } from "../../shared/domain/time.ts";
import type { ImageSource } from "../../shared/ports/image-source.ts";
import type { SignatureClaim, SignatureVerifier } from "../../shared/ports/signature-verifier.ts";
import { cosign } from "../../shared/signatures/cosign/index.ts";
import { notation } from "../../shared/signatures/notation/index.ts";
import { digestOf } from "../fakes/pusher.ts";
import { BUNDLE_TYPE, bundleOf, bytesOf, ecSigner, IMAGE, payloadOf } from "../fixtures/cosign.ts";
import { edited } from "../fixtures/damage.ts";
import { jwsOf, signing } from "../fixtures/notation.ts";
import { goodBundle, makeInstance } from "../fixtures/sigstore.ts";

const SEED = 20_261_121;
const REPOSITORY = parseRepository("shop/api");
const SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json";

/** Whatever is asked for, these are its bytes. */
function sourceOf(bytes: Uint8Array): ImageSource {
  const nothing = async (): Promise<undefined> => undefined;
  return { resolve: nothing, manifest: nothing, blob: async () => bytes, referrers: async () => [], blobStream: none, tags: none };
}

async function* none(): AsyncGenerator<never> {}

function manifestOf(bytes: Uint8Array, mediaType: string, artifactType: string, annotations = {}): ImageManifest {
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf("{}"), size: 2 };
  const layers = [{ mediaType, digest: digestOf(bytes), size: bytes.length, annotations }];
  return {
    kind: "manifest",
    mediaType: OCI_MANIFEST,
    digest: digestOf("m"),
    bytes: Buffer.from("m"),
    artifactType,
    annotations: {},
    config,
    layers,
  };
}

async function claimsOf(verifier: SignatureVerifier, bytes: Uint8Array, manifest: ImageManifest): Promise<readonly SignatureClaim[]> {
  const image = { registry: parseRegistryHost("registry.example"), repository: REPOSITORY, digest: IMAGE };
  const referrers = [{ repository: REPOSITORY, referrer: { manifest } }];
  return (await verifier.claims?.({ image, source: sourceOf(bytes), referrers, now: instant(0) })) ?? [];
}

const KINDS = [
  ["a bundle by a key", cosign, bytesOf(bundleOf(ecSigner("prime256v1"))), BUNDLE_TYPE],
  ["a bundle by a certificate", cosign, bytesOf(goodBundle(makeInstance())), BUNDLE_TYPE],
  ["a payload of the older form", cosign, bytesOf(payloadOf(IMAGE)), SIMPLE],
  ["a JWS of Notation", notation, bytesOf(jwsOf(signing())), "application/jose+json"],
] as const;

const ARTIFACT_TYPES: Readonly<Record<string, string>> = {
  [BUNDLE_TYPE]: BUNDLE_TYPE,
  [SIMPLE]: "application/vnd.oci.image.config.v1+json",
  "application/jose+json": "application/vnd.cncf.notary.signature",
};

const edits = fc.array(fc.record({ at: fc.nat(20_000), cut: fc.nat(40), put: fc.uint8Array({ maxLength: 12 }) }), {
  minLength: 1,
  maxLength: 4,
});

describe("what a signature says of itself", () => {
  it.each(KINDS)("is read: %s", async (_, verifier, bytes, type) => {
    const [claim, ...more] = await claimsOf(verifier, bytes, manifestOf(bytes, type, ARTIFACT_TYPES[type] ?? ""));
    expect(more).toEqual([]);
    expect(claim).toMatchObject({ format: verifier.id, says: { kind: "signature" }, signer: { kind: expect.any(String) } });
  });

  it.each(KINDS)("never keeps it from being listed, however it is damaged: %s", async (_, verifier, bytes, type) => {
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const damaged = edited(bytes, changes);
        const claims = await claimsOf(verifier, damaged, manifestOf(damaged, type, ARTIFACT_TYPES[type] ?? ""));
        expect(claims).toHaveLength(1);
        expect(["signature", "attestation", "unreadable"]).toContain(claims[0]?.says.kind);
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it("never keeps it from being listed, whatever the annotations beside it say", async () => {
    const bytes = bytesOf(payloadOf(IMAGE));
    const text = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.constant("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      fc.json(),
    );
    await fc.assert(
      fc.asyncProperty(text, text, text, async (certificate, chain, bundle) => {
        const annotations = {
          "dev.sigstore.cosign/certificate": certificate,
          "dev.sigstore.cosign/chain": chain,
          "dev.sigstore.cosign/bundle": bundle,
        };
        const manifest = manifestOf(bytes, SIMPLE, ARTIFACT_TYPES[SIMPLE] ?? "", annotations);
        expect(await claimsOf(cosign, bytes, manifest)).toMatchObject([{ says: { kind: "signature" }, about: IMAGE }]);
      }),
      { seed: SEED, numRuns: 150 },
    );
  });
});
