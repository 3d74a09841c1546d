import { isDigest } from "../../domain/digest.ts";
import { isTag, type Repository, type Tag } from "../../domain/image-ref.ts";
import type { ManifestHead } from "../../oci/manifests.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { TagLister } from "../oci/listed-heads.ts";
import type { TagHeads } from "../oci/tag-heads.ts";
import type { Ask } from "./access.ts";
import { lookAt } from "./block.ts";
import { pagesOf } from "./pages.ts";

/** A thousand images a call, where asking for each tag is a call each, and a pull to ECR. */
export function tagLister(ask: Ask): TagLister {
  return {
    heads: (repository, signal) => headsIn(ask, repository, signal),
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
