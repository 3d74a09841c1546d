import type { ConfigEvidence } from "../domain/evidence.ts";
import type { ImageConfig } from "../domain/image-config.ts";
import type { Repository } from "../domain/image-ref.ts";
import { isRunnable, type Manifest } from "../domain/manifest.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { ImageSource } from "../ports/image-source.ts";
import { settle } from "./settle.ts";

/** Image configurations of real images have 2 to 30 KiB. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/**
 * The configuration of an image. Whatever media type it goes by: a runtime that finds layers of a file system reads the configuration beside
 * them.
 */
export async function configOf(
  readConfig: (bytes: Uint8Array) => ImageConfig,
  place: { readonly source: ImageSource; readonly repositories: readonly Repository[] },
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<ConfigEvidence> {
  if (manifest.kind === "index" || !isRunnable(manifest)) return { kind: "absent" };
  const read = await settle(async () => readConfig(await blobOf(place, manifest.config, signal)));
  return "fault" in read ? { kind: "unavailable", why: read.fault } : { kind: "read", config: read.value };
}

/** From the first of the repositories that has it. @throws AdapterError */
async function blobOf(
  { source, repositories }: { readonly source: ImageSource; readonly repositories: readonly Repository[] },
  descriptor: Parameters<ImageSource["blob"]>[1],
  signal?: AbortSignal,
): Promise<Uint8Array> {
  let missing = new AdapterError("not-found", `blob ${descriptor.digest}: there is no repository to read it from`);
  for (const repository of repositories) {
    try {
      return await source.blob(repository, descriptor, MAX_CONFIG_BYTES, signal);
    } catch (error) {
      if (!(error instanceof AdapterError) || error.code !== "not-found") throw error;
      missing = error;
    }
  }
  throw missing;
}
