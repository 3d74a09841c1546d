import type { StoredImage } from "../state/image.ts";
import { matchesWildcard, type RegistryState, type SigningRule } from "../state/registry.ts";
import type { RepositoryState, Signing } from "../state/repository.ts";
import type { World } from "../world.ts";

/** Managed signing: one signature for each rule that fits, some time after the push, and never of what refers to an image. */
export function signPushed(world: World, registry: RegistryState, repository: RepositoryState, image: StoredImage): void {
  const rules = (registry.signing?.rules ?? []).filter((rule) => appliesTo(rule, repository.name));
  if (image.subject !== undefined || rules.length === 0) return;
  const profiles = rules.map(({ signingProfileArn }) => signingProfileArn);
  repository.signings.set(
    image.digest,
    profiles.map((signingProfileArn) => ({ signingProfileArn, status: "IN_PROGRESS" })),
  );
  world.later(world.controls.signForMs, () => {
    const signed = world.controls.signer(image);
    const ended: Omit<Signing, "signingProfileArn"> =
      signed.status === "COMPLETE" ? signed : { status: "FAILED", failureCode: signed.code, failureReason: signed.reason };
    repository.signings.set(
      image.digest,
      profiles.map((signingProfileArn) => ({ signingProfileArn, ...ended })),
    );
  });
}

function appliesTo({ repositoryFilters = [] }: SigningRule, repository: string): boolean {
  return repositoryFilters.length === 0 || repositoryFilters.some(({ filter }) => matchesWildcard(filter, repository));
}
