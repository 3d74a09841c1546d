import type { StoredImage } from "../state/image.ts";
import { type RegistryState, repositoryArn } from "../state/registry.ts";
import type { World } from "../world.ts";
import { tell } from "./envelope.ts";

/** What refers to an image is told under a name of its own, with the same fields. */
function typeOf(image: StoredImage): string {
  return image.subject === undefined ? "ECR Image Action" : "ECR Referrer Action";
}

/** Who pushed is never told, and no resource; a tag only where one was given. */
export function tellChanged(
  world: World,
  registry: RegistryState,
  change: {
    readonly action: "PUSH" | "DELETE";
    readonly repository: string;
    readonly image: StoredImage;
    readonly tag?: string | undefined;
  },
): void {
  const { action, repository, image, tag } = change;
  const detail = {
    result: "SUCCESS",
    "repository-name": repository,
    "image-digest": image.digest,
    "action-type": action,
    ...(tag === undefined ? {} : { "image-tag": tag }),
  };
  tell(world, registry, { type: typeOf(image), source: "aws.ecr", detail });
}

/** Carries no tag. */
export function tellStorageClass(world: World, registry: RegistryState, repository: string, image: StoredImage): void {
  const isBack = image.status === "ACTIVE";
  const detail = {
    "action-type": "UPDATE_STORAGE_CLASS",
    "target-storage-class": isBack ? "STANDARD" : "ARCHIVE",
    "image-digest": image.digest,
    "repository-name": repository,
    result: "SUCCESS",
    "manifest-media-type": image.mediaType,
    ...(image.artifactType === undefined ? {} : { "artifact-media-type": image.artifactType }),
    ...(isBack ? { "last-activated-at": new Date(image.activatedAt ?? world.now()).toISOString() } : {}),
  };
  tell(world, registry, { type: typeOf(image), source: "aws.ecr", detail });
}

/** Told where the copy arrives. */
export function tellReplicated(
  world: World,
  from: RegistryState,
  to: RegistryState,
  copied: { readonly repository: string; readonly digest: string; readonly tag?: string | undefined },
): void {
  const detail = {
    result: "SUCCESS",
    "repository-name": copied.repository,
    "image-digest": copied.digest,
    "source-account": from.account,
    "action-type": "REPLICATE",
    "source-region": from.region,
    // Required by the vendor's schema of the event.
    "image-tag": copied.tag ?? "",
  };
  const resources = [repositoryArn(to, copied.repository)];
  tell(world, to, { type: "ECR Replication Action", source: "aws.ecr", resources, detail });
}
