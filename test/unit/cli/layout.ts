import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Content } from "../../../functions/local/samples/image.ts";
import type { Sample } from "../../../functions/local/samples/samples.ts";
import { hexOf } from "../../../shared/domain/digest.ts";

/** Writes a sample with all that refers to it as an OCI image layout (image-spec 1.1, image-layout.md). */
export function writeLayout(dir: string, { tag, image, imageBlobs, before }: Sample): string {
  mkdirSync(join(dir, "blobs", "sha256"), { recursive: true });
  for (const { digest, bytes } of [image, ...imageBlobs, ...before.flatMap(({ manifest, blobs }) => [manifest, ...blobs])]) {
    writeFileSync(join(dir, "blobs", "sha256", hexOf(digest)), bytes);
  }
  const tagged = { ...descriptor(image), annotations: { "org.opencontainers.image.ref.name": tag } };
  const children = new Set(childrenOf(image));
  const others = before.map(({ manifest }) => manifest).filter(({ digest }) => !children.has(digest));
  writeFileSync(join(dir, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(join(dir, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [tagged, ...others.map(descriptor)] }));
  return dir;
}

function descriptor({ mediaType, digest, bytes }: Content): { readonly mediaType: string; readonly digest: string; readonly size: number } {
  return { mediaType, digest, size: bytes.length };
}

function childrenOf({ bytes }: Content): readonly string[] {
  const { manifests = [] }: { readonly manifests?: readonly { readonly digest: string }[] } = JSON.parse(Buffer.from(bytes).toString());
  return manifests.map(({ digest }) => digest);
}
