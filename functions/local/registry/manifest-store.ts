import { readFileSync } from "node:fs";
import { type Digest, isDigest } from "../../../shared/domain/digest.ts";
import type { Repository, Tag } from "../../../shared/domain/image-ref.ts";
import { sizeOfContent } from "./blob-store.ts";
import { namesIn, readIfThere, removeDurably, writeDurably } from "./durable-files.ts";
import { digestOfFile, type Layout, tagOfFile } from "./layout.ts";
import { type ManifestFacts, readManifest } from "./manifest-reading.ts";

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
}

/** Entry of a list of referrers, as image-spec writes it. */
export interface ReferrerEntry extends StoredManifest {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * The manifest is there from the moment that its link is; what comes before it is not seen without it, and a tag without its manifest
 * is no tag. So a crash at any point leaves the state before or the state after.
 */
export async function storeManifest(
  layout: Layout,
  repository: Repository,
  manifest: { readonly digest: Digest; readonly bytes: Uint8Array; readonly facts: ManifestFacts },
  tags: readonly Tag[],
): Promise<void> {
  const { digest, bytes, facts } = manifest;
  const files: [path: string, bytes: Uint8Array | string][] = [];
  if (sizeOfContent(layout, digest) === undefined) files.push([layout.content(digest), bytes]);
  if (facts.subject !== undefined) files.push([layout.referrer(repository, facts.subject, digest), ""]);
  const link = layout.manifest(repository, digest);
  if (readIfThere(link) !== facts.mediaType) files.push([link, facts.mediaType]);
  for (const tag of tags) files.push([layout.tag(repository, tag), digest]);
  await writeDurably(layout.scratch, files);
}

export function findManifest(layout: Layout, repository: Repository, digest: Digest): StoredManifest | undefined {
  const mediaType = readIfThere(layout.manifest(repository, digest));
  const size = mediaType === undefined ? undefined : sizeOfContent(layout, digest);
  return mediaType === undefined || size === undefined ? undefined : { digest, mediaType, size };
}

/** Digest that the tag file names; whether the repository still has that manifest is another question. */
export function readTagFile(layout: Layout, repository: Repository, tag: Tag): Digest | undefined {
  const text = readIfThere(layout.tag(repository, tag));
  return text !== undefined && isDigest(text) ? text : undefined;
}

/** In ASCII order. */
export function listTags(layout: Layout, repository: Repository): readonly Tag[] {
  const tags = namesIn(layout.tags(repository))
    .map(tagOfFile)
    .filter((tag) => tag !== undefined);
  return tags.toSorted();
}

export async function removeTag(layout: Layout, repository: Repository, tag: Tag): Promise<boolean> {
  return removeDurably(layout.tag(repository, tag));
}

/**
 * Tags go first: one that outlived its manifest would come back to life when the same bytes are pushed again by digest.
 * @returns false where the repository does not have it.
 */
export async function removeManifest(layout: Layout, repository: Repository, digest: Digest): Promise<boolean> {
  if (findManifest(layout, repository, digest) === undefined) return false;
  for (const tag of listTags(layout, repository)) {
    if (readTagFile(layout, repository, tag) === digest) await removeTag(layout, repository, tag);
  }
  return removeDurably(layout.manifest(repository, digest));
}

/** Of the manifests that the repository still has. */
export function listReferrers(layout: Layout, repository: Repository, subject: Digest): readonly ReferrerEntry[] {
  const digests = namesIn(layout.referrers(repository, subject))
    .map(digestOfFile)
    .filter((digest) => digest !== undefined);
  const entries = digests.toSorted().map((digest) => readReferrer(layout, repository, digest));
  return entries.filter((entry) => entry !== undefined);
}

/** Read from the manifest itself, so that a list cannot differ from what it lists. */
function readReferrer(layout: Layout, repository: Repository, digest: Digest): ReferrerEntry | undefined {
  const manifest = findManifest(layout, repository, digest);
  if (manifest === undefined) return undefined;
  const { artifactType, annotations } = readManifest(readFileSync(layout.content(digest)), manifest.mediaType);
  return { ...manifest, ...(artifactType === undefined ? {} : { artifactType }), ...(annotations === undefined ? {} : { annotations }) };
}
