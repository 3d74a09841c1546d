import { tellStorageClass } from "../events/image-events.ts";
import { AwsRefusal } from "../refusal.ts";
import type { StoredImage } from "../state/image.ts";
import type { RegistryState } from "../state/registry.ts";
import { parentsOf, type RepositoryState } from "../state/repository.ts";
import type { World } from "../world.ts";
import { keepPast } from "./lag.ts";
import { replicate } from "./replicate.ts";
import { closeScan, scanPushed } from "./scan.ts";

/** Tags stay where they are. @throws AwsRefusal ImageStorageClassUpdateNotSupportedException while an index that names it is not archived */
export function archive(world: World, registry: RegistryState, repository: RepositoryState, image: StoredImage): StoredImage {
  if (image.status === "ARCHIVED") return image;
  const open = parentsOf(repository, image.digest).filter(({ status }) => status !== "ARCHIVED");
  if (open.length > 0) {
    const message = `The image ${image.digest} is referenced by manifest list ${open.map(({ digest }) => digest).join(", ")}`;
    throw new AwsRefusal("ImageStorageClassUpdateNotSupportedException", message);
  }
  const { looksUntilBack: _, ...kept } = image;
  const archived: StoredImage = { ...kept, status: "ARCHIVED", archivedAt: world.now() };
  keepPast(world, repository);
  repository.images.set(image.digest, archived);
  closeScan(world, registry, repository, archived);
  tellStorageClass(world, registry, repository.name, archived);
  return archived;
}

/** On its way for a while, and told when it is there. */
export function restore(world: World, registry: RegistryState, repository: RepositoryState, image: StoredImage): StoredImage {
  if (image.status !== "ARCHIVED") return image;
  const { restoreForMs, restoreLooks } = world.controls;
  const returning: StoredImage = { ...image, status: "ACTIVATING", ...(restoreLooks > 0 ? { looksUntilBack: restoreLooks } : {}) };
  keepPast(world, repository);
  repository.images.set(image.digest, returning);
  if (restoreLooks === 0) world.later(restoreForMs, () => void finish(world, registry, repository, returning));
  return returning;
}

/** To be called by whoever looks at the state of an image: counts the looks that find it on its way. */
export function lookAt(world: World, registry: RegistryState, repository: RepositoryState, image: StoredImage): StoredImage {
  const current = repository.images.get(image.digest);
  if (current?.looksUntilBack === undefined) return current ?? image;
  if (current.looksUntilBack === 0) return finish(world, registry, repository, current);
  repository.images.set(image.digest, { ...current, looksUntilBack: current.looksUntilBack - 1 });
  return current;
}

/** Unless it was archived again or pushed meanwhile. The scan begins anew: what was found before is lost. */
function finish(world: World, registry: RegistryState, repository: RepositoryState, returning: StoredImage): StoredImage {
  const current = repository.images.get(returning.digest);
  if (current !== returning) return current ?? returning;
  const { looksUntilBack: _, ...kept } = returning;
  const active: StoredImage = { ...kept, status: "ACTIVE", activatedAt: world.now() };
  keepPast(world, repository);
  repository.images.set(active.digest, active);
  repository.scans.delete(active.digest);
  tellStorageClass(world, registry, repository.name, active);
  replicate(world, registry, { repository: repository.name, image: active });
  scanPushed(world, registry, repository, active, "restore");
  return active;
}
