import { OCI_MANIFEST } from "../../shared/domain/manifest.ts";
import { instant } from "../../shared/domain/time.ts";
import type { ImageSource } from "../../shared/ports/image-source.ts";
import type { VerifyRequest } from "../../shared/ports/signature-verifier.ts";
import { cosign } from "../../shared/signatures/cosign/index.ts";
import { remembering } from "../../shared/signatures/remember.ts";
import { BUNDLE_TYPE, bundleOf, bytesOf, IMAGE, type Signer, statementOf } from "../fixtures/cosign.ts";
import { digestOf, keyOf } from "../fixtures/records.ts";

/** One image with one bundle, asked about again: what is saved is everything but naming the question. */
export async function cachedWork(signer: Signer): Promise<() => unknown> {
  const bytes = bytesOf(bundleOf(signer, statementOf(IMAGE)));
  const layer = { mediaType: BUNDLE_TYPE, digest: digestOf("bundle"), size: bytes.length };
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf("{}"), size: 2 };
  const named = {
    digest: digestOf("referrer"),
    mediaType: OCI_MANIFEST,
    bytes: new Uint8Array(),
    artifactType: BUNDLE_TYPE,
    annotations: {},
  };
  const manifest = { ...named, kind: "manifest" as const, config, layers: [layer] };
  const image = { ...keyOf("image"), digest: IMAGE };
  const request: VerifyRequest = {
    image,
    source: sourceOf(bytes),
    referrers: [{ repository: image.repository, referrer: { manifest } }],
    trust: { keys: [signer.key] },
    now: instant(0),
  };
  const verifier = remembering(cosign);
  const [fact] = await verifier.verify(request);
  if (fact?.code !== "ok") throw new Error(`the bundle is not accepted: ${fact?.code}`);
  // What is known is answered before the first await, so that the calls can be counted as those of the others are.
  return () => verifier.verify(request);
}

function sourceOf(bytes: Uint8Array): ImageSource {
  return {
    resolve: async () => undefined,
    manifest: async () => undefined,
    blob: async () => bytes,
    blobStream: async function* () {
      yield bytes;
    },
    referrers: async () => [],
    tags: async function* () {},
  };
}
