import { type Built, buildImage } from "../../functions/local/samples/image.ts";
import type { RegistryEntry } from "../../shared/compose/gate.ts";
import { type ImageKey, parseRepository, parseTag, type Tag } from "../../shared/domain/image-ref.ts";
import { openClient } from "../../shared/oci/client.ts";
import { digestOf } from "../../shared/oci/content.ts";

const AT_ONCE = 8;

const BASE = buildImage({
  platform: { os: "linux", architecture: "amd64" },
  created: "2026-01-01T00:00:00Z",
  files: [{ path: "etc/name", content: "a layer that all images share" }],
  labels: {},
});

export interface StockImage {
  readonly key: ImageKey;
  readonly tag: Tag;
}

/** Pushes images that share their layers, as those of one team do; each has a digest and a tag of its own. */
export async function pushStock(
  { host, credentials }: Pick<RegistryEntry, "host" | "credentials">,
  count: number,
  perRepository: number,
): Promise<readonly StockImage[]> {
  const client = openClient({ host, plainHttp: true, credentials });
  const images: StockImage[] = [];
  const repositories = Array.from({ length: Math.ceil(count / perRepository) }, (_, number) => number);
  const push = async (): Promise<void> => {
    for (let number = repositories.shift(); number !== undefined; number = repositories.shift()) {
      const repository = parseRepository(`bench/r${number}`);
      for (const blob of BASE.blobs) await client.putBlob(repository, { digest: blob.digest, size: blob.bytes.length }, blob.bytes);
      for (let place = 0; place < Math.min(perRepository, count - number * perRepository); place++) {
        const { bytes, mediaType, digest } = variant(number * perRepository + place);
        const tag = parseTag(`v${place}`);
        await client.putManifest(repository, bytes, mediaType, tag);
        images.push({ key: { registry: host, repository, digest }, tag });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, push));
  return images;
}

function variant(number: number): Built["manifest"] {
  const manifest = JSON.parse(Buffer.from(BASE.manifest.bytes).toString());
  const bytes = Buffer.from(JSON.stringify({ ...manifest, annotations: { number: String(number) } }));
  return { ...BASE.manifest, bytes, digest: digestOf(bytes) };
}
