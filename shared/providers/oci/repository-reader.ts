import type { Digest } from "../../domain/digest.ts";
import type { Repository } from "../../domain/image-ref.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { namedLocks } from "../../runtime/locks.ts";
import { confirmHeads, type Family, isBehind, readListedHeads, type TagLister } from "./listed-heads.ts";
import { type ManifestReader, readTagHeads, type TagHeads } from "./tag-heads.ts";

const MOST_REMEMBERED = 16 * 1_024 * 1_024;

/**
 * What every act has to know of its repository, for many acts in the same one. A digest names the same for ever: what was read by it once is not read again, also where it
 * is gone by now.
 */
export interface RepositoryReader extends ManifestReader {
  /** As {@link readTagHeads}. */
  tagHeads(repository: Repository, signal?: AbortSignal): Promise<TagHeads>;
  /**
   * As {@link tagHeads}, in a few calls where the product lists tags with digests. For acts that shut a digest whatever its tags are: a tag that another image had until a moment
   * ago, and that points at one of the family now, may be missing. None is there that does not.
   */
  headsAbout(repository: Repository, family: Family, signal?: AbortSignal): Promise<TagHeads>;
}

/** @param most of the manifests that are kept in mind, in bytes */
export function openRepositoryReader(client: RegistryClient, lister?: TagLister, most: number = MOST_REMEMBERED): RepositoryReader {
  const tagHeads = shared((repository, signal) => readTagHeads(client, repository, signal));
  const headsAbout = lister === undefined ? withoutList(tagHeads) : byList(client, lister, tagHeads);
  return { tagHeads, headsAbout, ...rememberedManifests(client, lister, most) };
}

function withoutList(tagHeads: RepositoryReader["tagHeads"]): RepositoryReader["headsAbout"] {
  return (repository, _, signal) => tagHeads(repository, signal);
}

/** Where the list is seen to lag, each tag is asked for. */
function byList(client: RegistryClient, lister: TagLister, tagHeads: RepositoryReader["tagHeads"]): RepositoryReader["headsAbout"] {
  const listed = shared((repository, signal) => readListedHeads(client, lister, repository, signal));
  return async (repository, family, signal) => {
    const found = await listed(repository, signal);
    if (await isBehind(lister, repository, found, family[0], signal)) return tagHeads(repository, signal);
    return confirmHeads(client, repository, found.all, family, signal);
  };
}

type Reading<Answer> = (repository: Repository, signal?: AbortSignal) => Promise<Answer>;

/**
 * A reading of all tags is many calls. Whoever asks gets one that was begun after they asked, together with all others who asked until then: nobody sees less than
 * with a reading of their own, and a run that holds a thousand images of one repository does not read a thousand times a thousand tags.
 */
function shared<Answer>(read: Reading<Answer>): Reading<Answer> {
  const readings = namedLocks();
  const next = new Map<Repository, Promise<Answer>>();
  return (repository, signal) => {
    const joined = next.get(repository);
    // A reading that failed, or was broken off, is so for whoever began it.
    if (joined !== undefined) return joined.catch(() => read(repository, signal));
    const mine = readings.run(repository, () => {
      next.delete(repository);
      return read(repository, signal);
    });
    next.set(repository, mine);
    return mine;
  };
}

function rememberedManifests(client: RegistryClient, lister: TagLister | undefined, most: number): ManifestReader {
  const known = new Map<Digest, Manifest>();
  let size = 0;
  function remember(found: Manifest): void {
    if (known.has(found.digest)) return;
    known.set(found.digest, found);
    size += found.bytes.length;
    for (const [oldest, { bytes }] of known) {
      if (size <= most) break;
      known.delete(oldest);
      size -= bytes.length;
    }
  }
  async function manifest(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<Manifest | undefined> {
    const found = known.get(digest) ?? (await client.manifest(repository, digest, signal));
    if (found !== undefined) remember(found);
    return found;
  }
  async function readAhead(repository: Repository, indexes: readonly Digest[], signal?: AbortSignal): Promise<void> {
    const unknown = indexes.filter((digest) => !known.has(digest));
    for await (const index of lister?.indexes(repository, unknown, signal) ?? []) remember(index);
  }
  return { manifest, readAhead };
}
