import { type Digest, isDigest } from "../../domain/digest.ts";
import type { Repository } from "../../domain/image-ref.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { BlockState, NativeBlock } from "../oci/native-block.ts";
import type { Ask } from "./access.ts";
import type { ImageDetail, ImageIdentifier } from "./calls.ts";

/** ECR takes up to twenty minutes to bring an image back from the archive. */
const LOOK_AGAIN_MS = 60_000;

/**
 * The archive: its images answer 404 by tag and by digest, keep their tags, and come back by one call, or by a push of the same bytes. The list of
 * images may lag behind, so whether one can be pulled is for the endpoint to say that it is pulled from.
 */
export function archiveOf(ask: Ask, client: Pick<RegistryClient, "resolve">): NativeBlock {
  const look = (repository: Repository, id: ImageIdentifier, signal?: AbortSignal) => lookAt(ask, repository, id, signal);
  return {
    strength: "blocked",
    async state(repository, digest, signal) {
      if ((await client.resolve(repository, digest, signal)) !== undefined) return "free";
      return hiddenState(await look(repository, { imageDigest: digest }, signal));
    },
    async block(repository, digest, signal) {
      await ask(`archiving ${digest} of ${repository}`, (calls) => calls.setStorageClass(repository, digest, "ARCHIVE"), signal).catch(
        (error: unknown) => explain(error, repository, digest, () => look(repository, { imageDigest: digest }, signal)),
      );
    },
    async unblock(repository, digest, signal) {
      await ask(`restoring ${digest} of ${repository}`, (calls) => calls.setStorageClass(repository, digest, "STANDARD"), signal);
    },
    async pointsAt(repository, tag, signal) {
      const digest = (await look(repository, { imageTag: tag }, signal))?.imageDigest;
      return digest !== undefined && isDigest(digest) ? digest : undefined;
    },
  };
}

/** Archived or not; `undefined` where there is no such image. */
export async function lookAt(
  ask: Ask,
  repository: Repository,
  id: ImageIdentifier,
  signal?: AbortSignal,
): Promise<ImageDetail | undefined> {
  try {
    return await ask(`the image ${id.imageDigest ?? id.imageTag ?? ""} of ${repository}`, (calls) => calls.image(repository, id), signal);
  } catch (error) {
    if (error instanceof AdapterError && error.code === "not-found") return undefined;
    throw error;
  }
}

/** Of an image that cannot be pulled: one that is said to be active is on its way, or the list lags. */
function hiddenState(image: ImageDetail | undefined): BlockState {
  if (image === undefined) return "absent";
  return image.imageStatus === "ARCHIVED" ? "blocked" : "returning";
}

/** @throws AdapterError */
async function explain(
  error: unknown,
  repository: Repository,
  digest: Digest,
  look: () => Promise<ImageDetail | undefined>,
): Promise<never> {
  if (!(error instanceof AdapterError)) throw error;
  if (error.code === "conflict")
    throw new AdapterError("conflict", `${repository}: ECR does not archive ${digest}`, {
      cause: error,
      mend: "ECR archives nothing that an index names which can be pulled, tagged or not: hold or delete that index first",
    });
  if (error.code === "refused" && (await look())?.imageStatus === "ACTIVATING")
    throw new AdapterError("conflict", `${repository}: ECR is still bringing ${digest} back and does not archive it before`, {
      cause: error,
      retryable: true,
      retryAfter: LOOK_AGAIN_MS,
    });
  throw error;
}
