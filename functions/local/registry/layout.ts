import { join } from "node:path";
import { algorithmOf, type Digest, hexOf, isDigest } from "../../../shared/domain/digest.ts";
import { isTag, type Repository, type Tag } from "../../../shared/domain/image-ref.ts";

/**
 * Where things lie. Content is kept once for all repositories under its digest; a repository holds links to what it has, so that a
 * digest can be read only through a repository that was given it:
 *
 *     blobs/<algorithm>/<hex>                                      bytes of blobs and manifests
 *     repositories/<name>/_blobs/<algorithm>-<hex>                 empty: the repository has this blob
 *     repositories/<name>/_manifests/<algorithm>-<hex>             media type of the manifest
 *     repositories/<name>/_tags/<tag>                              digest
 *     repositories/<name>/_referrers/<subject>/<algorithm>-<hex>   empty: this manifest, where it is there, refers to the subject
 *     uploads/<session>, scratch/<draft>                           unfinished; removed when the registry opens
 *
 * No part of a repository name begins with an underscore.
 */
export interface Layout {
  readonly uploads: string;
  readonly scratch: string;
  readonly repositories: string;
  content(digest: Digest): string;
  blobs(repository: Repository): string;
  blob(repository: Repository, digest: Digest): string;
  manifests(repository: Repository): string;
  manifest(repository: Repository, digest: Digest): string;
  tags(repository: Repository): string;
  tag(repository: Repository, tag: Tag): string;
  referrers(repository: Repository, subject: Digest): string;
  referrer(repository: Repository, subject: Digest, digest: Digest): string;
}

/** @param dir absolute path. */
export function layoutIn(dir: string): Layout {
  const repositories = join(dir, "repositories");
  const inside = (repository: Repository, ...parts: readonly string[]) => join(repositories, repository, ...parts);
  return {
    uploads: join(dir, "uploads"),
    scratch: join(dir, "scratch"),
    repositories,
    content: (digest) => join(dir, "blobs", algorithmOf(digest), hexOf(digest)),
    blobs: (repository) => inside(repository, "_blobs"),
    blob: (repository, digest) => inside(repository, "_blobs", fileOfDigest(digest)),
    manifests: (repository) => inside(repository, "_manifests"),
    manifest: (repository, digest) => inside(repository, "_manifests", fileOfDigest(digest)),
    tags: (repository) => inside(repository, "_tags"),
    tag: (repository, tag) => inside(repository, "_tags", fileOfTag(tag)),
    referrers: (repository, subject) => inside(repository, "_referrers", fileOfDigest(subject)),
    referrer: (repository, subject, digest) => inside(repository, "_referrers", fileOfDigest(subject), fileOfDigest(digest)),
  };
}

function fileOfDigest(digest: Digest): string {
  return digest.replace(":", "-");
}

export function digestOfFile(name: string): Digest | undefined {
  const digest = name.replace("-", ":");
  return isDigest(digest) ? digest : undefined;
}

/**
 * Lower case, and the places of capitals as a number behind a `+`: some file systems take `V1` and `v1` for the same file. At most 161
 * characters for a tag of 128.
 */
function fileOfTag(tag: Tag): string {
  const capitals = Array.from(tag).reduce((mask, letter, place) => (/[A-Z]/.test(letter) ? mask | (1n << BigInt(place)) : mask), 0n);
  return capitals === 0n ? tag : `${tag.toLowerCase()}+${capitals.toString(16)}`;
}

export function tagOfFile(name: string): Tag | undefined {
  const [lower = "", mask = "0", ...rest] = name.split("+");
  if (rest.length > 0 || !/^[0-9a-f]{1,32}$/.test(mask)) return undefined;
  const capitals = BigInt(`0x${mask}`);
  const tag = Array.from(lower, (letter, place) => ((capitals >> BigInt(place)) & 1n ? letter.toUpperCase() : letter)).join("");
  return isTag(tag) ? tag : undefined;
}
