import { createHash } from "node:crypto";
import { type Digest, parseDigest } from "../../../shared/domain/digest.ts";
import { type Descriptor, OCI_INDEX, OCI_MANIFEST, type Platform } from "../../../shared/domain/manifest.ts";
import { type TarFile, tar } from "./tar.ts";

/** Bytes with the name that content addressing gives them. */
export interface Content {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** A manifest and the blobs that have to be there before it. */
export interface Built {
  readonly manifest: Content;
  readonly blobs: readonly Content[];
}

export interface ImagePlan {
  readonly platform: Platform;
  readonly files: readonly TarFile[];
  readonly labels: Readonly<Record<string, string>>;
  /** RFC 3339; fixed, so that the digest is. */
  readonly created: string;
}

export interface ReferrerPlan {
  readonly subject: Content;
  readonly artifactType: string;
  readonly layer: { readonly mediaType: string; readonly bytes: Uint8Array };
  readonly annotations: Readonly<Record<string, string>>;
}

const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";
const EMPTY = "application/vnd.oci.empty.v1+json";

/** An image of one uncompressed layer (image-spec 1.1, config.md and manifest.md): what compression gives differs between zlib versions. */
export function buildImage(plan: ImagePlan): Built {
  const layer = content(LAYER, tar(plan.files));
  const config = json(CONFIG, {
    created: plan.created,
    ...plan.platform,
    config: { User: "65532", Env: ["PATH=/usr/local/bin:/usr/bin:/bin"], Labels: plan.labels },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created: plan.created, created_by: "moorgate up --demo" }],
  });
  const manifest = json(OCI_MANIFEST, { schemaVersion: 2, mediaType: OCI_MANIFEST, config: describe(config), layers: [describe(layer)] });
  return { manifest, blobs: [config, layer] };
}

export function buildIndex(children: readonly { readonly image: Built; readonly platform: Platform }[]): Content {
  const manifests = children.map(({ image, platform }) => ({ ...describe(image.manifest), platform }));
  return json(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests });
}

/** An artifact that refers to an image (image-spec 1.1, "Guidelines for Artifact Usage"). */
export function buildReferrer(plan: ReferrerPlan): Built {
  const empty = content(EMPTY, Buffer.from("{}"));
  const layer = content(plan.layer.mediaType, plan.layer.bytes);
  const manifest = json(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: plan.artifactType,
    config: describe(empty),
    layers: [describe(layer)],
    subject: describe(plan.subject),
    annotations: plan.annotations,
  });
  return { manifest, blobs: [empty, layer] };
}

function describe({ mediaType, digest, bytes }: Content): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

function json(mediaType: string, value: unknown): Content {
  return content(mediaType, Buffer.from(JSON.stringify(value)));
}

function content(mediaType: string, bytes: Uint8Array): Content {
  return { mediaType, digest: parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`), bytes };
}
