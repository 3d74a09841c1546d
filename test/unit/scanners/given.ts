import { type Digest, parseDigest } from "../../../shared/domain/digest.ts";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import type { Descriptor, ImageManifest } from "../../../shared/domain/manifest.ts";
import { AdapterError, type AdapterErrorCode } from "../../../shared/ports/adapter-error.ts";
import type { FindingsRequest } from "../../../shared/ports/findings-source.ts";
import type { ImageSource } from "../../../shared/ports/image-source.ts";

export const TRIVY_TYPE = "application/vnd.aquasec.trivy.report.v1+json";
export const REPOSITORY = parseRepository("shop/api");
export const IMAGE = { registry: parseRegistryHost("registry.example"), repository: REPOSITORY, digest: digest(1) };

export function digest(number: number): Digest {
  return parseDigest(`sha256:${number.toString(16).padStart(64, "0")}`);
}

/** What `trivy image --format json` writes, as far as the reader looks. */
export function trivyJson(vulnerabilities: readonly object[], more: object = {}): object {
  return {
    SchemaVersion: 2,
    CreatedAt: "2026-11-21T11:00:00.123456789Z",
    ArtifactName: "registry.example/shop/api:1.0",
    ArtifactType: "container_image",
    Metadata: { OS: { Family: "debian", Name: "12.5" } },
    Results: [
      { Target: "registry.example/shop/api:1.0 (debian 12.5)", Class: "os-pkgs", Type: "debian", Vulnerabilities: vulnerabilities },
    ],
    ...more,
  };
}

export const VULNERABILITY = {
  VulnerabilityID: "CVE-2026-1",
  PkgName: "openssl",
  InstalledVersion: "3.0.11",
  FixedVersion: "3.0.14",
  Status: "fixed",
  Severity: "HIGH",
  SeveritySource: "debian",
};

/** One thing attached to the image: the artifact's type and its layers' media types and contents. */
export interface Attachment {
  readonly artifactType?: string;
  readonly layers: readonly { readonly mediaType: string; readonly content: unknown }[];
}

interface Attached {
  readonly request: FindingsRequest;
  readonly source: ImageSource;
}

/** An image with attachments, and a source that serves their layers; a layer whose content is an error code fails with it. */
export function attached(...attachments: readonly Attachment[]): Attached {
  const blobs = new Map<Digest, unknown>();
  const referrers = attachments.map(({ artifactType, layers }, number) => {
    const described = layers.map(({ mediaType, content }, layer): Descriptor => {
      const blob = digest(1000 * (number + 1) + layer);
      blobs.set(blob, content);
      return { mediaType, digest: blob, size: 1 };
    });
    const manifest: ImageManifest = {
      kind: "manifest",
      digest: digest(100 + number),
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      bytes: new Uint8Array(),
      annotations: {},
      config: { mediaType: "application/vnd.oci.empty.v1+json", digest: digest(2), size: 2 },
      layers: described,
      ...(artifactType === undefined ? {} : { artifactType }),
    };
    return { repository: REPOSITORY, referrer: { manifest } };
  });
  return { request: { image: IMAGE, referrers }, source: sourceOf(blobs) };
}

/** Content that cannot be read, with the fault that the registry answers. */
export class Fault {
  readonly code: AdapterErrorCode;
  constructor(code: AdapterErrorCode) {
    this.code = code;
  }
}

function bytesOf(content: unknown): Uint8Array {
  if (content instanceof Fault) throw new AdapterError(content.code, "fault");
  return new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content));
}

function sourceOf(blobs: ReadonlyMap<Digest, unknown>): ImageSource {
  const unused = () => Promise.reject(new Error("not asked for in these tests"));
  return {
    resolve: unused,
    manifest: unused,
    referrers: unused,
    tags: () => {
      throw new Error("not asked for in these tests");
    },
    blob: async (_repository, { digest: asked }) => bytesOf(blobs.get(asked)),
    async *blobStream(_repository, { digest: asked }) {
      const bytes = bytesOf(blobs.get(asked));
      for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
    },
  };
}
