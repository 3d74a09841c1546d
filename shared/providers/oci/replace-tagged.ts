import type { Digest } from "../../domain/digest.ts";
import type { Repository, Tag } from "../../domain/image-ref.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Replaced } from "../../ports/attachments.ts";

/** A client, and what is to be told of each manifest before it is put: its event may be there before the answer. */
export interface Writing {
  readonly client: RegistryClient;
  readonly about: (repository: Repository, manifest: Digest, tag?: Tag) => void;
}

export interface Place {
  readonly repository: Repository;
  readonly tag: Tag;
  /** What the tag pointed at when it was read. */
  readonly before: Digest | undefined;
}

interface Put {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Moves a tag unless somebody else has: asked right before, and guarded by the ETag where the registry looks at it (RFC 9110, 13.1.1). */
export async function replaceTagged(
  { client, about }: Writing,
  { repository, tag, before }: Place,
  { digest, mediaType, bytes }: Put,
  signal?: AbortSignal,
): Promise<Replaced> {
  const head = await client.headManifest(repository, tag, signal);
  if (head?.digest !== before) return "moved";
  about(repository, digest, tag);
  try {
    await client.putManifest(repository, bytes, mediaType, tag, signal, head?.etag);
    return "replaced";
  } catch (error) {
    // Statuses 409, 412 and 400 are met, both for a tag that has moved and for one that may not be.
    const isRefused = error instanceof AdapterError && (error.code === "conflict" || error.code === "refused");
    if (isRefused && (await client.resolve(repository, tag, signal)) !== before) return "moved";
    throw error;
  }
}
