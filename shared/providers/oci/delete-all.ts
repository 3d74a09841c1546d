import type { Digest } from "../../domain/digest.ts";
import type { Repository } from "../../domain/image-ref.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { AdapterError, type AdapterErrorCode } from "../../ports/adapter-error.ts";

/**
 * Deletes what can be deleted. Some registries keep what an index names, and that index may be among these, so what is refused is tried again as long as
 * some go. `refusals`: what does not stop the rest.
 * @returns what stays
 */
export async function deleteAll(
  client: RegistryClient,
  repository: Repository,
  digests: readonly Digest[],
  signal?: AbortSignal,
  refusals: readonly AdapterErrorCode[] = ["conflict"],
): Promise<readonly Digest[]> {
  const stay: Digest[] = [];
  for (const digest of digests) {
    try {
      await client.deleteManifest(repository, digest, signal);
    } catch (error) {
      if (!(error instanceof AdapterError) || !refusals.includes(error.code)) throw error;
      stay.push(digest);
    }
  }
  return stay.length === 0 || stay.length === digests.length ? stay : deleteAll(client, repository, stay, signal, refusals);
}
