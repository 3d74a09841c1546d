import type { Digest } from "../../domain/digest.ts";
import type { Repository } from "../../domain/image-ref.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { namedLocks } from "../../runtime/locks.ts";
import { type ManifestReader, readTagHeads, type TagHeads } from "./tag-heads.ts";

const MOST_REMEMBERED = 16 * 1_024 * 1_024;

/**
 * What every act has to know of its repository, for many acts in the same one. A digest names the same for ever: what was read by it once is not read again, also where it
 * is gone by now.
 */
export interface RepositoryReader extends ManifestReader {
  /** As {@link readTagHeads}. */
  tagHeads(repository: Repository, signal?: AbortSignal): Promise<TagHeads>;
}

/** @param most of the manifests that are kept in mind, in bytes */
export function openRepositoryReader(client: RegistryClient, most: number = MOST_REMEMBERED): RepositoryReader {
  return { tagHeads: sharedHeads(client), manifest: rememberedManifests(client, most) };
}

/**
 * A reading of all tags is a call for each. Whoever asks gets one that was begun after they asked, together with all others who asked until then: nobody sees less than
 * with a reading of their own, and a run that holds a thousand images of one repository does not read a thousand times a thousand tags.
 */
function sharedHeads(client: RegistryClient): RepositoryReader["tagHeads"] {
  const readings = namedLocks();
  const next = new Map<Repository, Promise<TagHeads>>();
  return (repository, signal) => {
    const shared = next.get(repository);
    // A reading that failed, or was broken off, is so for whoever began it.
    if (shared !== undefined) return shared.catch(() => readTagHeads(client, repository, signal));
    const mine = readings.run(repository, () => {
      next.delete(repository);
      return readTagHeads(client, repository, signal);
    });
    next.set(repository, mine);
    return mine;
  };
}

function rememberedManifests(client: RegistryClient, most: number): RepositoryReader["manifest"] {
  const known = new Map<Digest, Manifest>();
  let size = 0;
  return async (repository, digest, signal) => {
    const found = known.get(digest) ?? (await client.manifest(repository, digest, signal));
    if (found === undefined || known.has(digest)) return found;
    known.set(digest, found);
    size += found.bytes.length;
    for (const [oldest, { bytes }] of known) {
      if (size <= most) break;
      known.delete(oldest);
      size -= bytes.length;
    }
    return found;
  };
}
