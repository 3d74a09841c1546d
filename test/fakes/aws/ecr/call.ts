import type { Input } from "../input.ts";
import { optionalText, text } from "../input.ts";
import { AwsRefusal } from "../refusal.ts";
import { needRepository, type RegistryState } from "../state/registry.ts";
import type { RepositoryState } from "../state/repository.ts";
import type { Principal, World } from "../world.ts";

/** One call of an operation, after the door. */
export interface Call {
  readonly world: World;
  readonly registry: RegistryState;
  readonly principal: Principal;
  /** What the registry is called where images are pushed and pulled. */
  readonly host: string;
  /** Token for the OCI endpoint, and when it ends. */
  readonly authorize: () => { readonly token: string; readonly expiresAt: number; readonly endpoint: string };
  readonly input: Input;
}

export type Answer = Readonly<Record<string, unknown>>;
export type Operation = (call: Call) => Answer;

/** The repository that the request names. @throws AwsRefusal */
export function repositoryOf({ registry, input }: Call): RepositoryState {
  return needRepository(registry, nameOf({ registry, input }));
}

/** Also of a repository that is not there yet. @throws AwsRefusal */
export function nameOf({ registry, input }: Pick<Call, "registry" | "input">): string {
  const asked = optionalText(input, "registryId");
  if (asked !== undefined && asked !== registry.account) {
    throw new AwsRefusal("AccessDeniedException", `The registry with id '${asked}' is not yours`);
  }
  return text(input, "repositoryName");
}

/** What nearly every answer begins with. */
export function placeOf({ registry }: Call, { name }: RepositoryState): { readonly registryId: string; readonly repositoryName: string } {
  return { registryId: registry.account, repositoryName: name };
}
