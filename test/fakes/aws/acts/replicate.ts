import { tellReplicated } from "../events/image-events.ts";
import type { StoredImage } from "../state/image.ts";
import { isImmutable } from "../state/mutability.ts";
import type { RegistryState, ReplicationRule } from "../state/registry.ts";
import type { World } from "../world.ts";
import { repositoryFor } from "./create.ts";
import { scanPushed } from "./scan.ts";

interface Copied {
  readonly repository: string;
  readonly image: StoredImage;
  readonly tag?: string | undefined;
}

/** A push and a restore are repeated at every destination; neither an archiving nor (without a rule that says so) a deletion is. */
export function replicate(world: World, from: RegistryState, copied: Copied): void {
  for (const destination of destinationsOf(world, from, copied.repository)) {
    world.later(world.controls.replicateForMs, () => copyTo(world, from, destination, copied));
  }
}

/** Deletions that a rule with `deleteReplication` repeats. */
export function replicateDeletion(world: World, from: RegistryState, repository: string, work: (to: RegistryState) => void): void {
  for (const destination of destinationsOf(world, from, repository, (rule) => rule.deleteReplication?.enabled === true)) {
    world.later(world.controls.replicateForMs, () => work(destination));
  }
}

function destinationsOf(
  world: World,
  { replication, account, region }: RegistryState,
  repository: string,
  applies: (rule: ReplicationRule) => boolean = () => true,
): readonly RegistryState[] {
  const rules = replication.rules.filter((rule) => {
    const filters = rule.repositoryFilters ?? [];
    return applies(rule) && (filters.length === 0 || filters.some(({ filter }) => repository.startsWith(filter)));
  });
  const named = rules.flatMap(({ destinations }) => destinations);
  const others = named.filter((one) => one.registryId !== account || one.region !== region);
  return [...new Set(others.map((one) => world.registry(one.registryId, one.region)))];
}

async function copyTo(world: World, from: RegistryState, to: RegistryState, { repository, image, tag }: Copied): Promise<void> {
  const target = repositoryFor(world, to, repository, "REPLICATION");
  for (const digest of image.blobs) await to.blobs.copy(from.blobs, repository, digest, repository);
  const before = target.images.get(image.digest);
  const { looksUntilBack: _, archivedAt: __, ...kept } = image;
  const now = world.now();
  const copy: StoredImage = {
    ...(before === undefined ? { ...kept, pushedAt: now } : before),
    status: "ACTIVE",
    ...(before !== undefined && before.status !== "ACTIVE" ? { activatedAt: now } : {}),
  };
  target.images.set(image.digest, copy);
  // A tag that is taken where tags are immutable is dropped.
  const taken = tag === undefined ? undefined : target.tags.get(tag);
  const isFree = tag !== undefined && (taken === undefined || taken === image.digest || !isImmutable(target.settings, tag));
  if (isFree) target.tags.set(tag, image.digest);
  tellReplicated(world, from, to, { repository, digest: image.digest, tag });
  scanPushed(world, to, target, copy, before === undefined ? "push" : "push again");
}
