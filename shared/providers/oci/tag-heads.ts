import { type Digest, referrersTag } from "../../domain/digest.ts";
import type { Repository, Tag } from "../../domain/image-ref.ts";
import { type IndexManifest, isIndexType, type Manifest } from "../../domain/manifest.ts";
import type { RegistryClient } from "../../oci/client.ts";
import type { ManifestHead } from "../../oci/manifests.ts";
import { MOST_NESTED } from "./carry.ts";
import { inParallel } from "./in-parallel.ts";
import { unlessUnreadable } from "./unreadable.ts";

/** What each tag of a repository points at now. */
export type TagHeads = ReadonlyMap<Tag, ManifestHead>;

/** As the client, by digest alone. */
export interface ManifestReader {
  manifest(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<Manifest | undefined>;
  /** Has `manifest` know indexes, where that takes fewer calls than to ask for each. */
  readAhead?(repository: Repository, indexes: readonly Digest[], signal?: AbortSignal): Promise<void>;
}

/** What is done about content that cannot be read. By default it is passed over. */
export type Reading = <T>(reading: Promise<T>) => Promise<T | undefined>;

/** One list, and one HEAD for each tag: no registry lists tags with digests. */
export async function readTagHeads(
  client: RegistryClient,
  repository: Repository,
  signal?: AbortSignal,
  read: Reading = unlessUnreadable,
): Promise<TagHeads> {
  return readHeads(client, repository, await Array.fromAsync(client.tags(repository, signal)), signal, read);
}

/** A tag that goes away meanwhile is left out. */
export async function readHeads(
  client: RegistryClient,
  repository: Repository,
  tags: readonly Tag[],
  signal?: AbortSignal,
  read: Reading = unlessUnreadable,
): Promise<TagHeads> {
  const heads = await inParallel(tags, async (tag) => [tag, await read(client.headManifest(repository, tag, signal))] as const);
  return new Map(heads.flatMap(([tag, head]) => (head === undefined ? [] : [[tag, head] as const])));
}

export function tagsOf(heads: TagHeads, digest: Digest): readonly Tag[] {
  return [...heads].filter(([, head]) => head.digest === digest).map(([tag]) => tag);
}

/**
 * Children of all tagged indexes but those named. The ledger knows most of them; those that it has not met yet must not lose a child either.
 * Lists of referrers are indexes as well and need nothing.
 */
export async function childrenOfOthers(
  client: ManifestReader,
  repository: Repository,
  heads: TagHeads,
  except: ReadonlySet<Digest>,
  signal?: AbortSignal,
  read: Reading = unlessUnreadable,
): Promise<ReadonlySet<Digest>> {
  const indexes = await otherIndexes(client, repository, heads, except, signal, read);
  return new Set(indexes.flatMap(({ manifests }) => manifests.map((child) => child.digest)));
}

/** All tagged indexes but those named, and the indexes inside of them, each once. */
export async function otherIndexes(
  client: ManifestReader,
  repository: Repository,
  heads: TagHeads,
  except: ReadonlySet<Digest>,
  signal?: AbortSignal,
  read: Reading = unlessUnreadable,
): Promise<readonly IndexManifest[]> {
  const tagged = [...heads].filter(([tag, { mediaType }]) => isIndexType(mediaType) && !isReferrersTag(tag));
  const found = new Map<Digest, IndexManifest>();
  let next = new Set(tagged.map(([, { digest }]) => digest).filter((digest) => !except.has(digest)));
  for (let depth = 0; depth <= MOST_NESTED && next.size > 0; depth += 1) {
    await client.readAhead?.(repository, [...next], signal);
    const manifests = await inParallel([...next], (digest) => read(client.manifest(repository, digest, signal)));
    const indexes = manifests.filter((manifest) => manifest?.kind === "index");
    for (const index of indexes) found.set(index.digest, index);
    const inner = indexes
      .flatMap((index) => index.manifests)
      .filter(({ mediaType, digest }) => isIndexType(mediaType) && !found.has(digest));
    next = new Set(inner.map(({ digest }) => digest));
  }
  return [...found.values()];
}

/** Whether a tag is the name of what belongs to one of the family: `sha256-<hex>`, and what older tools make of it: `sha256-<hex>.sig`. */
export function isNameOf(tag: string, family: readonly Digest[]): boolean {
  return family.some((digest) => tag === referrersTag(digest) || tag.startsWith(`${digest.replace(":", "-")}.`));
}

function isReferrersTag(tag: Tag): boolean {
  return /^sha(256|512)-[0-9a-f]{64}$/.test(tag);
}
