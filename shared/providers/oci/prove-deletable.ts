import { parseDigest } from "../../domain/digest.ts";
import type { Repository } from "../../domain/image-ref.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { AdapterError } from "../../ports/adapter-error.ts";

const NOBODY = parseDigest(`sha256:${"0".repeat(64)}`);

/** Asks for the deletion of a digest that nobody has: 404 where deletion is on and allowed. @throws AdapterError where it is not */
export async function proveDeletable(client: RegistryClient, repository: Repository, signal?: AbortSignal): Promise<void> {
  try {
    await client.deleteManifest(repository, NOBODY, signal);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "unsupported") throw error;
    throw new AdapterError("unsupported", error.message, {
      cause: error,
      mend: "let the registry delete manifests; in distribution: storage.delete.enabled: true",
    });
  }
}
