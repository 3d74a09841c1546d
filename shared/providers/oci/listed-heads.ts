import type { Digest } from "../../domain/digest.ts";
import type { Repository } from "../../domain/image-ref.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { isNameOf, readHeads, type TagHeads, tagsOf } from "./tag-heads.ts";

/** A product's own service, where it tells what many tags point at in one call. What it says may lag behind what is pulled. Each call may be repeated. Throws AdapterError. */
export interface TagLister {
  /** Tags that can be pulled; one of which the service does not tell all is left out. */
  heads(repository: Repository, signal?: AbortSignal): Promise<TagHeads>;
  /** Whether the service knows the image, and as one that is in no such list: it has no tag, or cannot be pulled. */
  isUnlisted(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<boolean>;
  /** Of these, the indexes that it gives whole, some in each call. What it leaves out has to be asked for. */
  indexes(repository: Repository, digests: readonly Digest[], signal?: AbortSignal): AsyncIterable<Manifest>;
}

/** The image that an act is about, and what belongs to it. */
export type Family = readonly [Digest, ...Digest[]];

export interface ListedHeads {
  readonly all: TagHeads;
  /** Of these, what the list did not know. */
  readonly unlisted: TagHeads;
}

/** Which tags there are, the registry says. Of those that the list does not know each is asked for: they have come since. */
export async function readListedHeads(
  client: RegistryClient,
  lister: TagLister,
  repository: Repository,
  signal?: AbortSignal,
): Promise<ListedHeads> {
  // The list comes first, so that what is pushed meanwhile is unknown to it.
  const listed = await lister.heads(repository, signal);
  const tags = await Array.fromAsync(client.tags(repository, signal));
  const unknown = tags.filter((tag) => !listed.has(tag));
  const unlisted = await readHeads(client, repository, unknown, signal);
  return { all: new Map(tags.flatMap((tag) => entry(tag, listed.get(tag) ?? unlisted.get(tag)))), unlisted };
}

/** Whether the list does not show the image as it is: other tags of its may have come to it unseen. */
export async function isBehind(
  lister: TagLister,
  repository: Repository,
  { all, unlisted }: ListedHeads,
  digest: Digest,
  signal?: AbortSignal,
): Promise<boolean> {
  if (tagsOf(unlisted, digest).length > 0) return true;
  return tagsOf(all, digest).length === 0 && !(await lister.isUnlisted(repository, digest, signal));
}

/** What a list says of the family, asked for tag by tag: some of it may have gone elsewhere. */
export async function confirmHeads(
  client: RegistryClient,
  repository: Repository,
  heads: TagHeads,
  family: Family,
  signal?: AbortSignal,
): Promise<TagHeads> {
  const doubtful = [...heads].filter(([tag, { digest }]) => family.includes(digest) || isNameOf(tag, family)).map(([tag]) => tag);
  const asked = await readHeads(client, repository, doubtful, signal);
  const all = new Set(doubtful);
  return new Map([...heads].flatMap(([tag, head]) => entry(tag, all.has(tag) ? asked.get(tag) : head)));
}

function entry<Key, Value>(key: Key, value: Value | undefined): readonly (readonly [Key, Value])[] {
  return value === undefined ? [] : [[key, value]];
}
