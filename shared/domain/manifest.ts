import type { Digest } from "./digest.ts";

/** Media types of manifests that a registry stores. All four go into every Accept header: distribution answers 404 otherwise. */
export const MANIFEST_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
] as const;

export const OCI_MANIFEST = MANIFEST_TYPES[0];
export const OCI_INDEX = MANIFEST_TYPES[1];
const DOCKER_INDEX = MANIFEST_TYPES[3];

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly urls?: readonly string[];
}

interface ManifestFields {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Exactly as stored: a put-back must give the same digest. */
  readonly bytes: Uint8Array;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One image's (or artifact's) document. */
export interface ImageManifest extends ManifestFields {
  readonly kind: "manifest";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** The multi-platform list. */
export interface IndexManifest extends ManifestFields {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
}

export type Manifest = ImageManifest | IndexManifest;

export const INDEX_TYPES: readonly string[] = [OCI_INDEX, DOCKER_INDEX];

export function isIndexType(mediaType: string): boolean {
  return INDEX_TYPES.includes(mediaType);
}

export function isManifestType(mediaType: string): boolean {
  return (MANIFEST_TYPES as readonly string[]).includes(mediaType);
}

const FILESYSTEM_LAYER =
  /^application\/vnd\.(oci\.image\.layer\.(nondistributable\.)?v1\.tar|docker\.image\.rootfs\.(foreign\.)?diff\.tar)/;
const IMAGE_CONFIGS: readonly string[] = ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
const ATTACHMENT_LAYER =
  /^application\/(vnd\.dev\.cosign\.simplesigning\.v1\+json|vnd\.dsse\.envelope\.v1\+json|vnd\.dev\.sigstore\.bundle(\.v0\.\d+)?\+json.*|vnd\.in-toto\+json|jose\+json|cose)$/;

/**
 * Whether a container runtime could run it: decided by content alone. A `subject`, an artifact type or a tag such as
 * `sha256-<hex>.sig` exempts nothing, else a runnable image could hide behind them.
 */
export function isRunnable(manifest: Manifest): boolean {
  if (manifest.kind === "index") return true;
  if (manifest.layers.some((layer) => FILESYSTEM_LAYER.test(layer.mediaType))) return true;
  const isImageConfig = IMAGE_CONFIGS.includes(manifest.config.mediaType);
  return isImageConfig && !(manifest.layers.length > 0 && manifest.layers.every((layer) => ATTACHMENT_LAYER.test(layer.mediaType)));
}

/** The declared kind of an artifact: its artifactType, else its config's media type (distribution-spec 1.1, "Listing referrers"). */
export function artifactTypeOf(manifest: Manifest): string | undefined {
  return manifest.artifactType ?? (manifest.kind === "manifest" ? manifest.config.mediaType : undefined);
}

/** Buildkit stores attestations as children for the platform `unknown/unknown`; nothing runs them. */
export function isAttestationChild(child: Descriptor): boolean {
  return (
    child.annotations?.["vnd.docker.reference.type"] === "attestation-manifest" &&
    child.platform?.os === "unknown" &&
    child.platform.architecture === "unknown"
  );
}

export function printPlatform(platform: Platform): string {
  return `${platform.os}/${platform.architecture}${platform.variant === undefined ? "" : `/${platform.variant}`}`;
}
