import { isIndexType } from "../../../../shared/domain/manifest.ts";
import { archive, restore } from "../acts/archive.ts";
import { type DeleteFailure, deleteOne } from "../acts/delete.ts";
import { refuseDenied } from "../acts/policy.ts";
import { recordPull } from "../acts/pull.ts";
import { push } from "../acts/push.ts";
import { imageId, optionalChoice, optionalImageIds, optionalText, optionalTexts, text } from "../input.ts";
import { invalidParameter } from "../refusal.ts";
import type { ImageId, StoredImage } from "../state/image.ts";
import { findImage, needImage, type RepositoryState } from "../state/repository.ts";
import { type Answer, type Call, nameOf, type Operation, placeOf, repositoryOf } from "./call.ts";

const MANIFEST_LIMIT = 4_194_304;

const batchGet: Operation = (call) => {
  const repository = repositoryOf(call);
  refuseDenied(call.registry, repository, "ecr:BatchGetImage", call.principal);
  const ids = optionalImageIds(call.input);
  if (ids === undefined) throw invalidParameter("imageIds", "Member must not be null");
  const accepted = optionalTexts(call.input, "acceptedMediaTypes", 100);
  const got = ids.map((id) => getOne(call, repository, id, accepted));
  return { images: got.flatMap(({ image }) => image ?? []), failures: got.flatMap(({ failure }) => failure ?? []) };
};

interface Got {
  readonly image?: Answer;
  readonly failure?: Answer;
}

function getOne(call: Call, repository: RepositoryState, id: ImageId, accepted: readonly string[] | undefined): Got {
  const failed = (failureCode: string, failureReason: string): Got => ({ failure: { imageId: id, failureCode, failureReason } });
  const image = findImage(repository, id);
  if (image === undefined) {
    const isMismatch = id.imageDigest !== undefined && repository.tags.has(id.imageTag ?? "");
    return isMismatch ? failed("ImageTagDoesNotMatchDigest", "The tag does not point at the digest") : failed(...NOT_FOUND);
  }
  if (image.status !== "ACTIVE") return failed(call.world.controls.archivedFailure, "The image is archived");
  if (!isAccepted(image, accepted)) return failed(...NOT_FOUND);
  recordPull(call.world, call.registry, repository, image, call.principal);
  const named = { imageDigest: image.digest, ...(id.imageTag === undefined ? {} : { imageTag: id.imageTag }) };
  const content = { imageManifest: image.manifest, imageManifestMediaType: image.mediaType };
  return { image: { ...placeOf(call, repository), imageId: named, ...content } };
}

const NOT_FOUND = ["ImageNotFound", "Requested image not found"] as const;

/** Who names no type gets no index: the vendor may turn one into an image of one platform. */
function isAccepted({ mediaType }: StoredImage, accepted: readonly string[] | undefined): boolean {
  return accepted === undefined ? !isIndexType(mediaType) : accepted.includes(mediaType);
}

const put: Operation = (call) => {
  const { world, registry, principal, input } = call;
  const [repositoryName, manifest] = [nameOf(call), text(input, "imageManifest")];
  if (manifest.length > MANIFEST_LIMIT)
    throw invalidParameter("imageManifest", `Member must have length less than or equal to ${MANIFEST_LIMIT}`);
  const image = push(world, registry, {
    repository: repositoryName,
    manifest,
    mediaType: optionalText(input, "imageManifestMediaType"),
    tag: optionalText(input, "imageTag"),
    digest: optionalText(input, "imageDigest"),
    by: principal,
    isInternal: false,
  });
  const tag = optionalText(input, "imageTag");
  const id = { imageDigest: image.digest, ...(tag === undefined ? {} : { imageTag: tag }) };
  const content = { imageManifest: image.manifest, imageManifestMediaType: image.mediaType };
  return { image: { registryId: registry.account, repositoryName, imageId: id, ...content } };
};

const batchDelete: Operation = (call) => {
  const repository = repositoryOf(call);
  const ids = optionalImageIds(call.input);
  if (ids === undefined) throw invalidParameter("imageIds", "Member must not be null");
  const done = ids.map((id) => ({ id, deletion: deleteOne(call.world, call.registry, repository, id) }));
  return {
    imageIds: done.flatMap(({ deletion }) => (deletion.kind === "deleted" ? deletion.imageIds : [])),
    failures: done.flatMap(({ id, deletion }) => (deletion.kind === "failed" ? failureOf(id, deletion) : [])),
  };
};

function failureOf(id: ImageId, { code, reason }: DeleteFailure): readonly Answer[] {
  return [{ imageId: id, failureCode: code, failureReason: reason }];
}

const updateStorageClass: Operation = (call) => {
  const { world, registry, input } = call;
  const repository = repositoryOf(call);
  const target = optionalChoice(input, "targetStorageClass", ["ARCHIVE", "STANDARD"]);
  if (target === undefined) throw invalidParameter("targetStorageClass", "Member must not be null");
  const id = imageId(input);
  const image = needImage(repository, id, registry.account);
  const changed = target === "ARCHIVE" ? archive(world, registry, repository, image) : restore(world, registry, repository, image);
  return { ...placeOf(call, repository), imageId: { ...id, imageDigest: image.digest }, imageStatus: changed.status };
};

export const IMAGE_OPERATIONS = {
  BatchGetImage: batchGet,
  PutImage: put,
  BatchDeleteImage: batchDelete,
  UpdateImageStorageClass: updateStorageClass,
} as const;
