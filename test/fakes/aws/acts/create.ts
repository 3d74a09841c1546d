import { AwsRefusal } from "../refusal.ts";
import { needRepository, type RegistryState } from "../state/registry.ts";
import { type Mutability, newRepository, type RepositorySettings, type RepositoryState } from "../state/repository.ts";
import type { World } from "../world.ts";

const DEFAULTS: RepositorySettings = {
  imageTagMutability: "MUTABLE",
  scanOnPush: false,
  encryptionConfiguration: { encryptionType: "AES256" },
};

/** @throws AwsRefusal RepositoryAlreadyExistsException */
export function createRepository(
  world: World,
  registry: RegistryState,
  name: string,
  settings: Partial<RepositorySettings> = {},
): RepositoryState {
  if (registry.repositories.has(name)) {
    const message = `The repository with name '${name}' already exists in the registry with id '${registry.account}'`;
    throw new AwsRefusal("RepositoryAlreadyExistsException", message);
  }
  const repository = newRepository(name, world.now(), { ...DEFAULTS, ...settings });
  registry.repositories.set(name, repository);
  return repository;
}

/**
 * The repository that something arrives at. Replication makes it where it is missing, a push only by a template for that; a template says what it
 * is like.
 * @throws AwsRefusal RepositoryNotFoundException
 */
export function repositoryFor(world: World, registry: RegistryState, name: string, why: "CREATE_ON_PUSH" | "REPLICATION"): RepositoryState {
  const there = registry.repositories.get(name);
  if (there !== undefined) return there;
  const template = templateFor(registry, name, why);
  if (template === undefined && why === "CREATE_ON_PUSH") return needRepository(registry, name);
  const repository = createRepository(world, registry, name, settingsOf(template ?? {}));
  const [policy, lifecycle] = [template?.["repositoryPolicy"], template?.["lifecyclePolicy"]];
  if (typeof policy === "string" && policy !== "") repository.policyText = policy;
  if (typeof lifecycle === "string" && lifecycle !== "") repository.lifecycle = { text: lifecycle, evaluatedAt: world.now() };
  return repository;
}

type Template = Readonly<Record<string, unknown>>;

/** The longest prefix counts; ROOT is for all that have none. */
function templateFor({ templates }: RegistryState, name: string, why: string): Template | undefined {
  const fits = (prefix: string): boolean => prefix === "ROOT" || name.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
  const applied = [...templates].filter(
    ([prefix, { appliedFor }]) => fits(prefix) && Array.isArray(appliedFor) && appliedFor.includes(why),
  );
  const rank = (prefix: string): number => (prefix === "ROOT" ? 0 : prefix.length);
  return applied.toSorted(([a], [b]) => rank(b) - rank(a))[0]?.[1];
}

function settingsOf(template: Template): Partial<RepositorySettings> {
  const { imageTagMutability, imageTagMutabilityExclusionFilters, encryptionConfiguration } = template;
  return {
    ...(imageTagMutability === undefined ? {} : { imageTagMutability: imageTagMutability as Mutability }),
    ...(imageTagMutabilityExclusionFilters === undefined
      ? {}
      : {
          imageTagMutabilityExclusionFilters:
            imageTagMutabilityExclusionFilters as RepositorySettings["imageTagMutabilityExclusionFilters"] & object,
        }),
    ...(encryptionConfiguration === undefined
      ? {}
      : { encryptionConfiguration: encryptionConfiguration as RepositorySettings["encryptionConfiguration"] }),
  };
}
