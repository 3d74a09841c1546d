import type { StoredImage } from "../state/image.ts";
import type { RegistryState } from "../state/registry.ts";
import type { RepositoryState } from "../state/repository.ts";
import type { Principal, World } from "../world.ts";

/** Takes down when it was pulled last, unless it was by somebody whose pulls do not count. */
export function recordPull(
  world: World,
  { pullExclusions }: RegistryState,
  { images }: RepositoryState,
  image: StoredImage,
  by: Principal,
): void {
  if (pullExclusions.has(by.arn) || (by.roleArn !== undefined && pullExclusions.has(by.roleArn))) return;
  images.set(image.digest, { ...image, pulledAt: world.now() });
}
