import { tellChanged } from "../events/image-events.ts";
import type { ImageId, StoredImage } from "../state/image.ts";
import type { RegistryState } from "../state/registry.ts";
import { findImage, parentsOf, type RepositoryState, tagsOf } from "../state/repository.ts";
import type { World } from "../world.ts";
import { keepPast } from "./lag.ts";
import { replicateDeletion } from "./replicate.ts";

export interface DeleteFailure {
  readonly code:
    | "InvalidImageDigest"
    | "MissingDigestAndTag"
    | "ImageNotFound"
    | "ImageTagDoesNotMatchDigest"
    | "ImageReferencedByManifestList";
  readonly reason: string;
}

export type Deletion = { readonly kind: "deleted"; readonly imageIds: readonly ImageId[] } | ({ readonly kind: "failed" } & DeleteFailure);

/**
 * By digest: the image with all its tags. By tag: the tag, and with its last one the image. By both: the tag, should it still point there.
 */
export function deleteOne(world: World, registry: RegistryState, repository: RepositoryState, id: ImageId): Deletion {
  const target = targetOf(repository, id);
  if ("code" in target) return { kind: "failed", ...target };
  const { image, tags, isWhole } = target;
  const { digest } = image;
  keepPast(world, repository);
  for (const tag of tags) repository.tags.delete(tag);
  if (isWhole) forget(repository, digest);
  tellGone(world, registry, repository, image, tags);
  const named: readonly ImageId[] = tags.map((imageTag) => ({ imageDigest: digest, imageTag }));
  repeatElsewhere(world, registry, repository.name, isWhole ? [{ imageDigest: digest }] : named);
  return { kind: "deleted", imageIds: named.length === 0 ? [{ imageDigest: digest }] : named };
}

/** What goes: the tags, and with the last of them the image. */
interface Target {
  readonly image: StoredImage;
  readonly tags: readonly string[];
  readonly isWhole: boolean;
}

function targetOf(repository: RepositoryState, id: ImageId): Target | DeleteFailure {
  const failure = failureOf(repository, id);
  const image = findImage(repository, id);
  if (failure !== undefined || image === undefined) return failure ?? NOT_FOUND;
  const all = tagsOf(repository, image.digest);
  const isWhole = id.imageTag === undefined || all.length === 1;
  if (isWhole && parentsOf(repository, image.digest).length > 0) return REFERENCED;
  return { image, isWhole, tags: id.imageTag === undefined ? all : [id.imageTag] };
}

function repeatElsewhere(world: World, registry: RegistryState, name: string, ids: readonly ImageId[]): void {
  replicateDeletion(world, registry, name, (to) => {
    const copy = to.repositories.get(name);
    if (copy !== undefined) for (const id of ids) deleteOne(world, to, copy, id);
  });
}

const NOT_FOUND: DeleteFailure = { code: "ImageNotFound", reason: "Requested image not found" };
const REFERENCED: DeleteFailure = {
  code: "ImageReferencedByManifestList",
  reason: "Requested image referenced by manifest list",
};

function failureOf({ images, tags }: RepositoryState, { imageDigest, imageTag }: ImageId): DeleteFailure | undefined {
  if (imageDigest === undefined && imageTag === undefined) {
    return { code: "MissingDigestAndTag", reason: "Invalid request parameters: both tag and digest cannot be null" };
  }
  if (imageDigest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(imageDigest)) {
    return { code: "InvalidImageDigest", reason: "Invalid request parameters: image digest should satisfy the regex" };
  }
  const tagged = imageTag === undefined ? imageDigest : tags.get(imageTag);
  if (tagged === undefined || !images.has(imageDigest ?? tagged)) return NOT_FOUND;
  if (imageDigest !== undefined && tagged !== imageDigest) {
    return { code: "ImageTagDoesNotMatchDigest", reason: "The tag does not point at the digest" };
  }
  return undefined;
}

function forget(repository: RepositoryState, digest: string): void {
  for (const known of [repository.images, repository.scans, repository.signings, repository.clusters]) known.delete(digest);
}

/** One tag an event. */
function tellGone(world: World, registry: RegistryState, { name }: RepositoryState, image: StoredImage, tags: readonly string[]): void {
  for (const tag of tags.length === 0 ? [undefined] : tags) {
    tellChanged(world, registry, { action: "DELETE", repository: name, image, tag });
  }
}
