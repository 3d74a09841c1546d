import { isDigest } from "../../domain/digest.ts";
import { type ImageKey, isTag, type Repository } from "../../domain/image-ref.ts";
import { isIndexType } from "../../domain/manifest.ts";
import { type Instant, instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { TaggedDigest } from "../../ports/registry.ts";
import type { Ask } from "./access.ts";
import { lookAt } from "./block.ts";
import type { ImageDetail } from "./calls.ts";
import { pagesOf } from "./pages.ts";

/** All tags that can be pulled, a thousand images a call; what is archived is served under none. */
export function inventory(ask: Ask): (repository: Repository, signal?: AbortSignal) => AsyncGenerator<TaggedDigest> {
  return (repository, signal) => tagsIn(ask, repository, signal);
}

/** One whose media type the service does not tell may be one. */
export function taggedIndexes(ask: Ask): (repository: Repository, signal?: AbortSignal) => AsyncGenerator<TaggedDigest> {
  const mayBeIndex = ({ imageManifestMediaType: type }: ImageDetail): boolean => type === undefined || isIndexType(type);
  return (repository, signal) => tagsIn(ask, repository, signal, mayBeIndex);
}

/** A repository that is deleted meanwhile has none. */
async function* tagsIn(
  ask: Ask,
  repository: Repository,
  signal?: AbortSignal,
  isMeant: (image: ImageDetail) => boolean = () => true,
): AsyncGenerator<TaggedDigest> {
  const pages = pagesOf((next) => ask(`the images of ${repository}`, (calls) => calls.activeImages(repository, next), signal));
  try {
    for await (const image of pages) if (isMeant(image)) yield* tagsOf(repository, image);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "not-found") throw error;
  }
}

function tagsOf(repository: Repository, { imageDigest = "", imageTags = [] }: ImageDetail): readonly TaggedDigest[] {
  if (!isDigest(imageDigest)) return [];
  return imageTags.filter(isTag).map((tag) => ({ repository, tag, digest: imageDigest }));
}

/**
 * When somebody other than the gate pulled an image last. The gate reads what it judges, so it has its own pulls left out first.
 * @throws AdapterError not-found where there is no such image
 */
export function pullTimes(ask: Ask, callers: readonly string[]): (image: ImageKey, signal?: AbortSignal) => Promise<Instant | "never"> {
  let excluded: Promise<void> | undefined;
  const exclude = async (signal: AbortSignal | undefined): Promise<void> => {
    for (const caller of callers)
      try {
        await ask("leaving out the pulls of the gate itself", (calls) => calls.excludePullsOf(caller), signal);
      } catch (error) {
        if (!(error instanceof AdapterError) || error.code !== "conflict") throw error;
      }
  };
  return async ({ repository, digest }, signal) => {
    excluded ??= exclude(signal);
    await excluded.catch((error: unknown) => {
      excluded = undefined;
      throw error;
    });
    const image = await lookAt(ask, repository, { imageDigest: digest }, signal);
    if (image === undefined) throw new AdapterError("not-found", `${repository}: there is no image ${digest}`);
    return image.lastRecordedPullTime === undefined ? "never" : instant(image.lastRecordedPullTime.getTime());
  };
}
