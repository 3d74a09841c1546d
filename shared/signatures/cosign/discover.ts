import { artifactTypeOf, type Descriptor, type ImageManifest, isRunnable } from "../../domain/manifest.ts";
import type { Referrer } from "../../ports/image-source.ts";
import { MAX_BYTES } from "../strict.ts";
import { isBundleType } from "./bundle.ts";
import type { Judgement } from "./judgement.ts";

/** A content that claims to be a signature, and how it is to be read; or what is wrong with the manifest that should hold one. */
export type Candidate =
  | { readonly kind: "bundle"; readonly content: Descriptor }
  | { readonly kind: "payload" | "envelope"; readonly content: Descriptor; readonly beside: Beside }
  | { readonly kind: "refused"; readonly judgement: Judgement };

/** What the annotations of a layer say about the signature of its content, unread. */
export interface Beside {
  /** Base64. */
  readonly signature?: string | undefined;
  /** PEM. */
  readonly certificate?: string | undefined;
  /** PEM of issuers. */
  readonly chain?: string | undefined;
  /** JSON: a log entry with the log's promise. */
  readonly bundle?: string | undefined;
  /** JSON: a timestamp response. */
  readonly timestamp?: string | undefined;
}

export type Asked = "signature" | "attestation";

/** What a layer of the older form holds, by what is asked for. A bundle may hold either. */
const LAYERS = {
  signature: { kind: "payload", mediaType: "application/vnd.dev.cosign.simplesigning.v1+json" },
  attestation: { kind: "envelope", mediaType: "application/vnd.dsse.envelope.v1+json" },
} as const;
const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json";
// The names that cosign's code writes; its specification gives others (pkg/oci/static/signature.go).
const SIGNATURE = "dev.cosignproject.cosign/signature";
const CERTIFICATE = "dev.sigstore.cosign/certificate";
const CHAIN = "dev.sigstore.cosign/chain";
const BUNDLE = "dev.sigstore.cosign/bundle";
const TIMESTAMP = "dev.sigstore.cosign/rfc3161timestamp";
// As in cosign (CVE-2023-46737).
const MAX_LAYERS = 1000;

/**
 * What a referrer holds that claims to be a signature of cosign's. Decided by the manifest alone: annotations and the descriptor in a list
 * of referrers are written by anybody. What is something else (a report, an attestation of the older form, a runnable image) gives nothing.
 */
export function candidatesIn({ manifest }: Referrer, asked: Asked = "signature"): readonly Candidate[] {
  // A runnable image stays an image, whatever it calls itself.
  if (manifest.kind === "index" || isRunnable(manifest)) return [];
  if (isBundleManifest(manifest)) return [bundleIn(manifest)];
  const payloads = manifest.layers.filter(({ mediaType }) => mediaType === LAYERS[asked].mediaType);
  if (payloads.length > MAX_LAYERS)
    return [refused("too-large", `${payloads.length} signatures in one manifest, at most ${MAX_LAYERS} are read`)];
  return payloads.map((content) => withinLimit(content) ?? { kind: LAYERS[asked].kind, content, beside: besideOf(content) });
}

/** A candidate with a referrer that holds it alone. */
export interface Piece {
  readonly form: "bundle" | Asked;
  readonly candidate: Candidate;
  readonly alone: Referrer;
}

/** Everything of cosign's that a referrer holds, signatures and attestations, each by itself. */
export function piecesIn(referrer: Referrer): readonly Piece[] {
  const { manifest } = referrer;
  if (manifest.kind !== "index" && isBundleManifest(manifest))
    return candidatesIn(referrer).map((candidate) => ({ form: "bundle", candidate, alone: referrer }));
  return (["signature", "attestation"] as const).flatMap((asked) => {
    const layers = manifest.kind === "index" ? [] : manifest.layers.filter(({ mediaType }) => mediaType === LAYERS[asked].mediaType);
    return candidatesIn(referrer, asked).map((candidate, at, { length }): Piece => {
      const layer = length === layers.length ? layers[at] : undefined;
      if (layer === undefined || manifest.kind === "index") return { form: asked, candidate, alone: referrer };
      const part = manifest.layers.indexOf(layer);
      return { form: asked, candidate, alone: { ...referrer, manifest: { ...manifest, layers: [layer] }, part } };
    });
  });
}

// BUNDLE_SPEC.md: bundles are known by the artifact type. Some clients set none; then the empty config and the only layer say it.
function isBundleManifest(manifest: ImageManifest): boolean {
  const type = artifactTypeOf(manifest) ?? "";
  const [layer, ...more] = manifest.layers;
  return isBundleType(type) || (type === EMPTY_CONFIG && more.length === 0 && layer !== undefined && isBundleType(layer.mediaType));
}

function bundleIn({ layers }: ImageManifest): Candidate {
  const [content, ...more] = layers;
  if (content === undefined || more.length > 0) return refused("malformed", `${layers.length} layers, a bundle has exactly one`);
  if (!isBundleType(content.mediaType)) return refused("malformed", "its artifact type is that of a bundle, its layer is none");
  return withinLimit(content) ?? { kind: "bundle", content };
}

function besideOf({ annotations = {} }: Descriptor): Beside {
  return {
    signature: annotations[SIGNATURE],
    certificate: annotations[CERTIFICATE],
    chain: annotations[CHAIN],
    bundle: annotations[BUNDLE],
    timestamp: annotations[TIMESTAMP],
  };
}

function withinLimit({ size }: Descriptor): Candidate | undefined {
  return size > MAX_BYTES ? refused("too-large", `${size} bytes, at most ${MAX_BYTES} are read`) : undefined;
}

function refused(code: Judgement["code"], detail: string): Candidate {
  return { kind: "refused", judgement: { code, detail } };
}
