import { type Digest, isDigest } from "../../domain/digest.ts";
import type { Repository, Tag } from "../../domain/image-ref.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { AdapterError, type AdapterErrorCode } from "../../ports/adapter-error.ts";
import { readKept } from "./keepsake.ts";
import type { NativeBlock } from "./native-block.ts";

const REFUSALS: readonly AdapterErrorCode[] = ["forbidden", "refused", "conflict", "not-found"];

/**
 * A client to which a blocked manifest is absent from its repository, whatever the registry answers for it, and present where its keepsake lies. Every
 * other refusal stays one.
 */
export function seeingThrough(client: RegistryClient, native: NativeBlock): RegistryClient {
  async function unlessBlocked<T>(
    repository: Repository,
    reference: Tag | Digest,
    reading: Promise<T | undefined>,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof AdapterError) || !REFUSALS.includes(error.code)) throw error;
      const digest = isDigest(reference) ? reference : await native.pointsAt(repository, reference, signal);
      if (digest !== undefined && (await native.state(repository, digest, signal)) !== "free") return undefined;
      throw error;
    }
  }
  return {
    ...client,
    resolve: (repository, reference, signal) => unlessBlocked(repository, reference, client.resolve(repository, reference, signal), signal),
    headManifest: (repository, reference, signal) =>
      unlessBlocked(repository, reference, client.headManifest(repository, reference, signal), signal),
    async manifest(repository, digest, signal) {
      const found = await unlessBlocked(repository, digest, client.manifest(repository, digest, signal), signal);
      return found ?? readKept(client, repository, digest, signal);
    },
  };
}
