import { parseRegistryHost, type Repository } from "../../../shared/domain/image-ref.ts";
import { openClient, type RegistryClient } from "../../../shared/oci/client.ts";
import type { Built, Content } from "./image.ts";
import type { Sample } from "./samples.ts";

/**
 * Pushes the samples as any client would, over HTTP and without credentials. May be repeated: what is there already stays as it is.
 * @param registry `host:port` on this machine.
 */
export async function pushSamples(registry: string, samples: readonly Sample[], signal?: AbortSignal): Promise<void> {
  const client = openClient({ host: parseRegistryHost(registry), plainHttp: true, credentials: async () => undefined });
  for (const { repository, tag, before, image, imageBlobs } of samples) {
    for (const each of before) await pushBuilt(client, repository, each, signal);
    await pushBlobs(client, repository, imageBlobs, signal);
    await client.putManifest(repository, image.bytes, image.mediaType, tag, signal);
  }
}

async function pushBuilt(client: RegistryClient, repository: Repository, { manifest, blobs }: Built, signal?: AbortSignal): Promise<void> {
  await pushBlobs(client, repository, blobs, signal);
  await client.putManifest(repository, manifest.bytes, manifest.mediaType, manifest.digest, signal);
}

async function pushBlobs(client: RegistryClient, repository: Repository, blobs: readonly Content[], signal?: AbortSignal): Promise<void> {
  for (const { digest, bytes } of blobs) await client.putBlob(repository, { digest, size: bytes.length }, bytes, signal);
}
