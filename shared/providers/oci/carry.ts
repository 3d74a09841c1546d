import type { Digest } from "../../domain/digest.ts";
import type { Repository, Tag } from "../../domain/image-ref.ts";
import type { Descriptor, Manifest } from "../../domain/manifest.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { inParallel } from "./in-parallel.ts";
import { unlessUnreadable } from "./unreadable.ts";

/** An index in an index is legal and useless; deeper nesting is only met in attacks. */
export const MOST_NESTED = 4;

export interface Way {
  readonly client: RegistryClient;
  readonly from: Repository;
  readonly to: Repository;
  /** The tag to put it under; by its digest alone where absent. */
  readonly as?: Tag | undefined;
  readonly signal: AbortSignal | undefined;
}

export type Carried = "carried" | "present" | "absent";

/**
 * Makes sure that a manifest lies at `to`, byte for byte, with all that it names: children first, then blobs, then itself, so that a crash
 * leaves nothing incomplete. `absent`: `from` does not have it either.
 */
export async function carry(way: Way, digest: Digest, depth = 0): Promise<Carried> {
  const { client, from, to, signal } = way;
  if ((await client.resolve(to, digest, signal)) !== undefined) return "present";
  const manifest = await client.manifest(from, digest, signal);
  if (manifest === undefined) return "absent";
  await carryContents(way, manifest, depth);
  await client.putManifest(to, manifest.bytes, manifest.mediaType, way.as ?? digest, signal);
  return "carried";
}

async function carryContents(way: Way, manifest: Manifest, depth: number): Promise<void> {
  if (manifest.kind === "manifest") {
    const blobs = new Map([manifest.config, ...manifest.layers].map((blob) => [blob.digest, blob]));
    await inParallel([...blobs.values()], (blob) => carryBlob(way, blob));
    return;
  }
  if (depth === MOST_NESTED) throw new AdapterError("too-large", `index ${manifest.digest}: indexes are nested deeper than ${MOST_NESTED}`);
  // Where a child is missing or broken, whether the index is taken without it is for the registry to say.
  for (const child of manifest.manifests) await unlessUnreadable(carry({ ...way, as: undefined }, child.digest, depth + 1));
}

async function carryBlob({ client, from, to, signal }: Way, blob: Descriptor): Promise<void> {
  if (await client.mountBlob(from, to, blob.digest, signal)) return;
  if (await client.hasBlob(to, blob.digest, signal)) return;
  if (await client.hasBlob(from, blob.digest, signal)) return client.putBlob(to, blob, () => client.blobStream(from, blob, signal), signal);
  if (isElsewhere(blob)) return;
  throw new AdapterError("malformed", `${from}: blob ${blob.digest} is missing, so the image is broken and cannot be kept whole`, {
    mend: "push the image again, or delete it",
  });
}

/** Layers that are not meant to be in a registry (image-spec, "Non-Distributable Layers"). */
function isElsewhere({ urls, mediaType }: Descriptor): boolean {
  return (urls !== undefined && urls.length > 0) || /\.nondistributable\.|\.foreign\./.test(mediaType);
}
