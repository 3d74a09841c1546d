import type { DeleteAction, MoveAction, MovedManifest } from "../../domain/action.ts";
import type { Digest } from "../../domain/digest.ts";
import { printImageKey, type Repository } from "../../domain/image-ref.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { inParallel } from "./in-parallel.ts";
import { quarantineOf } from "./place.ts";
import type { Puller } from "./pullers.ts";
import type { RepositoryReader } from "./repository-reader.ts";

/** What every act needs of its registry. */
export interface ActDeps {
  readonly client: RegistryClient;
  readonly reader: RepositoryReader;
  /** First path part of the gate's own repositories. */
  readonly quarantine: string;
  readonly pullers: readonly [Puller, ...Puller[]];
}

/** One hold or release, or a deletion of what is held, under way. */
export interface Act {
  readonly client: RegistryClient;
  readonly reader: RepositoryReader;
  readonly action: MoveAction | DeleteAction;
  /** The repository that the image is pulled from. */
  readonly source: Repository;
  readonly quarantine: Repository;
  readonly pullers: readonly [Puller, ...Puller[]];
  readonly manifests: readonly MovedManifest[];
  /** Grows as the act goes on. */
  readonly notes: string[];
  /** Grows with what is left as it is, for it has become an image of its own or something else needs it. */
  readonly left: Set<Digest>;
  readonly signal: AbortSignal | undefined;
}

export function actOf({ client, reader, quarantine, pullers }: ActDeps, action: Act["action"], signal: AbortSignal | undefined): Act {
  const source = action.image.repository;
  const { manifests, quarantine: place = quarantineOf(quarantine, source) } = action.before;
  return { client, reader, action, source, quarantine: place, pullers, manifests, notes: [], left: new Set(), signal };
}

export async function isIn({ client, action, signal }: Act, repository: Repository): Promise<boolean> {
  return (await client.resolve(repository, action.image.digest, signal)) !== undefined;
}

export function gone({ action }: Act): AdapterError {
  return new AdapterError("not-found", `${printImageKey(action.image)}: it is neither in its repository nor in quarantine`);
}

/** Which of the action's manifests a repository has now. */
export async function presentIn({ client, manifests, signal }: Act, repository: Repository): Promise<readonly MovedManifest[]> {
  const found = await inParallel(manifests, async (manifest) => {
    return (await client.resolve(repository, manifest.digest, signal)) === undefined ? [] : [manifest];
  });
  return found.flat();
}

export function withRole(manifests: readonly MovedManifest[], role: MovedManifest["role"]): readonly MovedManifest[] {
  return manifests.filter((manifest) => manifest.role === role);
}
