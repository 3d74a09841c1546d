import { type Digest, isDigest } from "../../domain/digest.ts";
import { isTag, type Repository, type Tag } from "../../domain/image-ref.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { ManifestHead } from "../../oci/manifests.ts";
import { readManifest } from "../../oci/schema.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { TagLister } from "../oci/listed-heads.ts";
import type { TagHeads } from "../oci/tag-heads.ts";
import { unlessUnreadable } from "../oci/unreadable.ts";
import type { Ask } from "./access.ts";
import { lookAt } from "./block.ts";
import { pagesOf } from "./pages.ts";

/** Manifests have up to 4 MiB, and an answer is in memory as a whole: somebody may push as many of the largest as one call takes. */
const INDEXES = 10;

/** A thousand images a call, where asking for each tag is a call each, and a pull to ECR. */
export function tagLister(ask: Ask): TagLister {
  return {
    heads: (repository, signal) => headsIn(ask, repository, signal),
    indexes: (repository, digests, signal) => indexesAmong(ask, repository, digests, signal),
    async isUnlisted(repository, digest, signal) {
      const image = await lookAt(ask, repository, { imageDigest: digest }, signal);
      return image !== undefined && (image.imageStatus !== "ACTIVE" || (image.imageTags ?? []).length === 0);
    },
  };
}

/** A repository that is deleted meanwhile has none. */
async function headsIn(ask: Ask, repository: Repository, signal?: AbortSignal): Promise<TagHeads> {
  const heads = new Map<Tag, ManifestHead>();
  const images = pagesOf((next) => ask(`the images of ${repository}`, (calls) => calls.activeImages(repository, next), signal));
  try {
    for await (const { imageDigest: digest = "", imageManifestMediaType: mediaType, imageTags = [] } of images)
      if (isDigest(digest) && mediaType !== undefined) for (const tag of imageTags.filter(isTag)) heads.set(tag, { digest, mediaType });
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "not-found") throw error;
  }
  return heads;
}

async function* indexesAmong(ask: Ask, repository: Repository, digests: readonly Digest[], signal?: AbortSignal): AsyncGenerator<Manifest> {
  for (let from = 0; from < digests.length; from += INDEXES) {
    const some = digests.slice(from, from + INDEXES);
    const given = ask(`${some.length} indexes of ${repository}`, (calls) => calls.indexes(repository, some), signal);
    for (const { digest, text, mediaType } of await given.catch(noneWhereGone)) {
      const index = isDigest(digest) ? await unlessUnreadable(read(text, mediaType, digest)) : undefined;
      if (index !== undefined) yield index;
    }
  }
}

function noneWhereGone(error: unknown): readonly [] {
  if (error instanceof AdapterError && error.code === "not-found") return [];
  throw error;
}

async function read(text: string, mediaType: string, digest: Digest): Promise<Manifest> {
  return readManifest(Buffer.from(text), mediaType, digest);
}
