import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tar } from "../../functions/local/samples/tar.ts";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An OCI image layout in a folder (image-spec 1.1, image-layout.md) with one tag, `v1`. */
export interface Layout {
  readonly dir: string;
  readonly digest: string;
  readonly children: readonly string[];
}

const OCI = "application/vnd.oci.image";

function layoutWriter(dir: string): { blob(mediaType: string, bytes: Uint8Array): Descriptor; close(root: Descriptor): void } {
  mkdirSync(join(dir, "blobs/sha256"), { recursive: true });
  writeFileSync(join(dir, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  return {
    blob(mediaType, bytes) {
      const hex = createHash("sha256").update(bytes).digest("hex");
      writeFileSync(join(dir, "blobs/sha256", hex), bytes);
      return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
    },
    close(root) {
      const manifests = [{ ...root, annotations: { "org.opencontainers.image.ref.name": "v1" } }];
      writeFileSync(join(dir, "index.json"), JSON.stringify({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests }));
    },
  };
}

type Writer = ReturnType<typeof layoutWriter>;

/** Three layers, one of which is too large for one chunk of any client; random, so that no registry knows it from an earlier run. */
function writeImage(writer: Writer, architecture: string): Descriptor {
  const contents = [randomBytes(24).toString("hex"), randomBytes(3 * 1_048_576).toString("base64"), `for ${architecture}`];
  const archives = contents.map((content, number) => Buffer.from(tar([{ path: `layer-${number}/file`, content }])));
  const layers = archives.map((archive) => writer.blob(`${OCI}.layer.v1.tar+gzip`, gzipSync(archive)));
  const diffIds = archives.map((archive) => `sha256:${createHash("sha256").update(archive).digest("hex")}`);
  const config = {
    created: "2026-01-01T00:00:00Z",
    os: "linux",
    architecture,
    config: { Cmd: ["/app"] },
    rootfs: { type: "layers", diff_ids: diffIds },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: writer.blob(`${OCI}.config.v1+json`, Buffer.from(JSON.stringify(config))),
    layers,
  };
  return { ...writer.blob(manifest.mediaType, Buffer.from(JSON.stringify(manifest))), platform: { os: "linux", architecture } };
}

export function writeImageLayout(dir: string): Layout {
  const writer = layoutWriter(dir);
  const { platform: _, ...root } = writeImage(writer, "amd64");
  writer.close(root);
  return { dir, digest: root.digest, children: [] };
}

export function writeIndexLayout(dir: string): Layout {
  const writer = layoutWriter(dir);
  const manifests = ["amd64", "arm64"].map((architecture) => writeImage(writer, architecture));
  const mediaType = `${OCI}.index.v1+json`;
  const root = writer.blob(mediaType, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })));
  writer.close(root);
  return { dir, digest: root.digest, children: manifests.map(({ digest }) => digest) };
}
