import { createHash } from "node:crypto";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, parseDigest } from "../../shared/domain/digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../shared/domain/manifest.ts";

export interface Written {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** Builds an OCI image layout in a temporary folder. */
export interface ImageFolder {
  readonly dir: string;
  blob(content: string, mediaType?: string): Promise<Written>;
  image(text: string, more?: object): Promise<Written>;
  index(children: readonly Written[], more?: object): Promise<Written>;
  /** An artifact with a subject. */
  referrer(subject: Written, text: string): Promise<Written>;
  /** Writes `index.json`: each entry with a name or none. */
  list(...entries: readonly (readonly [Written, string?])[]): Promise<void>;
}

export async function makeImageFolder(): Promise<ImageFolder> {
  const dir = await mkdtemp(join(tmpdir(), "layout-"));
  await mkdir(join(dir, "blobs", "sha256"), { recursive: true });
  await writeFile(join(dir, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const blob: ImageFolder["blob"] = async (content, mediaType = "application/octet-stream") => {
    const hex = createHash("sha256").update(content).digest("hex");
    await writeFile(join(dir, "blobs", "sha256", hex), content);
    return { mediaType, digest: parseDigest(`sha256:${hex}`), size: Buffer.byteLength(content) };
  };
  const manifest = (mediaType: string, document: object) => blob(JSON.stringify({ schemaVersion: 2, mediaType, ...document }), mediaType);
  const artifact = async (text: string, configType: string, layerType: string, more: object) =>
    manifest(OCI_MANIFEST, { config: await blob("{}", configType), layers: [await blob(text, layerType)], ...more });
  return {
    dir,
    blob,
    image: (text, more = {}) =>
      artifact(text, "application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar+gzip", more),
    index: (children, more = {}) => manifest(OCI_INDEX, { manifests: children, ...more }),
    referrer: (subject, text) =>
      artifact(text, "application/vnd.oci.empty.v1+json", "text/plain", { artifactType: "application/x-test", subject }),
    async list(...entries) {
      const manifests = entries.map(([written, name]) => ({
        ...written,
        ...(name === undefined ? {} : { annotations: { "org.opencontainers.image.ref.name": name } }),
      }));
      await writeFile(join(dir, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
    },
  };
}
