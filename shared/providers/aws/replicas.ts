import type { DeleteAction, MoveAction } from "../../domain/action.ts";
import type { Digest } from "../../domain/digest.ts";
import { parseRegistryHost, type RegistryHost, type Repository } from "../../domain/image-ref.ts";
import type { Probe } from "../../domain/probe.ts";
import { provenStrength } from "../../domain/proven-strength.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { ActResult } from "../../ports/registry.ts";
import type { NativeBlock } from "../oci/native-block.ts";
import { probe } from "../oci/probe.ts";
import type { ReplicationRule } from "./calls.ts";
import { type EcrPlace, hostOf } from "./place.ts";

/** Another registry, as the gate reaches it. */
export interface Reached {
  readonly host: RegistryHost;
  readonly client: RegistryClient;
  readonly native: NativeBlock;
}

export interface ReplicaDeps {
  readonly place: EcrPlace;
  readonly native: NativeBlock;
  /** Whether a hold at home puts the image into the quarantine, which may be copied itself. */
  readonly moves: boolean;
  /** As the registry is set up now, kept for some minutes. @throws AdapterError */
  readonly rules: (signal?: AbortSignal) => Promise<readonly ReplicationRule[]>;
  /** @throws AdapterError where it cannot be reached */
  readonly reach: (place: EcrPlace, signal?: AbortSignal) => Promise<Reached>;
}

/**
 * ECR repeats pushes and restores at the destinations of a registry, and neither archiving nor deletions: a hold has to be made at each. There it is the
 * archive, in whichever way the home holds: nothing is carried in other accounts, and a release finds the copy where it was.
 */
export interface Replicas {
  /** After the hold at home, so that nothing is on its way there any more. Never throws for a replica: what could not be done is in the probes. */
  hold(action: MoveAction, home: ActResult, signal?: AbortSignal): Promise<ActResult>;
  /** @throws AdapterError retryable conflict while a replica is still bringing it back */
  release(action: MoveAction, home: ActResult, signal?: AbortSignal): Promise<ActResult>;
  /** ECR repeats no deletion, and the gate deletes nothing there: what is archived there is said to stay. */
  deleted(action: DeleteAction, home: ActResult, signal?: AbortSignal): Promise<ActResult>;
}

export function openReplicas(deps: ReplicaDeps): Replicas {
  return {
    async hold(action, home, signal) {
      const places = await destinations(deps, action.image.repository, signal);
      if (typeof places === "string") return { ...home, notes: [...home.notes, places] };
      if (action.before.only === "tags") return { ...home, notes: [...home.notes, ...places.map(keepsTags)] };
      const held = await Promise.all(places.map((place) => holdAt(deps, place, action, signal)));
      const probes = [...(home.probes ?? []), ...held.flatMap((one) => one.probes)];
      const notes = [...home.notes, ...held.flatMap((one) => one.notes), ...(await quarantineWords(deps, action, signal))];
      return { strength: provenStrength(home.strength, probes), probes, notes };
    },
    async release(action, home, signal) {
      const places = await destinations(deps, action.image.repository, signal);
      if (typeof places === "string") return { ...home, notes: [...home.notes, places] };
      const released = await Promise.all(places.map((place) => releaseAt(deps, place, action, signal)));
      const waiting = released.find((one) => one.kind === "waiting");
      if (waiting !== undefined) throw waiting.error;
      return { ...home, notes: [...home.notes, ...released.flatMap((one) => (one.kind === "done" ? one.notes : []))] };
    },
    async deleted(action, home, signal) {
      const places = await destinations(deps, action.image.repository, signal);
      const notes = typeof places === "string" ? [places] : places.map(keepsCopy);
      return { ...home, notes: [...home.notes, ...notes, ...(await quarantineWords(deps, action, signal))] };
    },
  };
}

/** Where a repository is copied to; a sentence where that is not known. */
async function destinations(
  { rules, place }: ReplicaDeps,
  repository: Repository,
  signal?: AbortSignal,
): Promise<readonly EcrPlace[] | string> {
  try {
    const applied = (await rules(signal)).filter(({ repositoryFilters = [] }) => isMeant(repositoryFilters, repository));
    const places = applied
      .flatMap(({ destinations: all = [] }) => all)
      .map(({ registryId: account = "", region = "" }) => ({ account, region }))
      .filter(({ account, region }) => account !== place.account || region !== place.region);
    return [...new Map(places.map((one) => [`${one.account}/${one.region}`, one])).values()];
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return `whether it is copied to other regions or accounts is not known: ${error.message}`;
  }
}

/** A filter is the beginning of a name; without one all are meant. */
function isMeant(filters: NonNullable<ReplicationRule["repositoryFilters"]>, repository: Repository): boolean {
  return filters.length === 0 || filters.some(({ filter = "" }) => repository.startsWith(filter));
}

function keepsTags({ account, region }: EcrPlace): string {
  return `replica ${account}/${region} keeps its tags: ECR repeats no untagging`;
}

function keepsCopy({ account, region }: EcrPlace): string {
  return `replica ${account}/${region} keeps its copy, held as it is: ECR repeats no deletion`;
}

/** The quarantine is a repository like others: rules that mean it copy what is put there, and keep the copy. */
async function quarantineWords(
  deps: ReplicaDeps,
  { before: { quarantine } }: MoveAction | DeleteAction,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (!deps.moves || quarantine === undefined) return [];
  const places = await destinations(deps, quarantine, signal);
  if (typeof places === "string") return [];
  return places.map(
    ({ account, region }) => `replica ${account}/${region} keeps a copy of ${quarantine} too: whoever may read that there can pull it`,
  );
}

interface HeldAt {
  readonly probes: readonly Probe[];
  readonly notes: readonly string[];
}

async function holdAt(deps: ReplicaDeps, place: EcrPlace, action: MoveAction, signal?: AbortSignal): Promise<HeldAt> {
  const { repository, digest } = action.image;
  try {
    const reached = await deps.reach(place, signal);
    const { native, client, host } = reached;
    const shut = await shutAtHome(deps, action, signal);
    const notes: string[] = [];
    for (const one of [digest, ...shut]) {
      const state = await native.state(repository, one, signal);
      if (state === "absent" && one === digest)
        notes.push(`replica ${host} does not have it now: a copy that comes later is held where that registry is watched`);
      if (state !== "free" && state !== "returning") continue;
      await native.block(repository, one, signal).catch((error: unknown) => {
        if (!(error instanceof AdapterError)) throw error;
        notes.push(`replica ${host}: ${error.message}`);
      });
    }
    const asked = { repository, digest, tags: action.before.tags, children: shut };
    const { probes } = await probe([{ client, host, isReplica: true, isGate: true }], asked, signal);
    return { probes, notes };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { probes: [unreached(place, digest, error)], notes: [] };
  }
}

/** A child that was left to another image at home is left to it there too. */
async function shutAtHome({ native }: ReplicaDeps, { image, before }: MoveAction, signal?: AbortSignal): Promise<readonly Digest[]> {
  const children = before.manifests.filter(({ role }) => role === "child").map(({ digest }) => digest);
  const states = await Promise.all(children.map((child) => native.state(image.repository, child, signal)));
  return children.filter((_, at) => states[at] !== "free");
}

function unreached(place: EcrPlace, digest: Digest, { message }: AdapterError): Probe {
  const host = hostOf(place) ?? parseRegistryHost(`${place.account}.dkr.ecr.${place.region}.invalid`);
  return { way: "digest", host, isReplica: true, reference: digest, answer: "unknown", why: message };
}

type ReleasedAt = { readonly kind: "done"; readonly notes: readonly string[] } | { readonly kind: "waiting"; readonly error: AdapterError };

/** A restore at home is repeated there by ECR itself, unless the home was free already. */
async function releaseAt(deps: ReplicaDeps, place: EcrPlace, action: MoveAction, signal?: AbortSignal): Promise<ReleasedAt> {
  const { image, before } = action;
  const { repository } = image;
  try {
    const { native, host } = await deps.reach(place, signal);
    const children = before.manifests.filter(({ role }) => role === "child").map(({ digest }) => digest);
    for (const group of [children.toReversed(), [image.digest]]) {
      const waiting = await restored(native, repository, group, signal);
      if (waiting !== undefined) return { kind: "waiting", error: stillReturning(host, waiting) };
    }
    return { kind: "done", notes: [] };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { kind: "done", notes: [`replica ${place.account}/${place.region} may hold it still: ${error.message}`] };
  }
}

/** @returns one that is not back yet */
async function restored(
  native: NativeBlock,
  repository: Repository,
  digests: readonly Digest[],
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  let waiting: Digest | undefined;
  for (const digest of digests) {
    let state = await native.state(repository, digest, signal);
    if (state === "blocked") {
      await native.unblock(repository, digest, signal);
      state = await native.state(repository, digest, signal);
    }
    if (state === "blocked" || state === "returning") waiting = digest;
  }
  return waiting;
}

const LOOK_AGAIN_MS = 60_000;

function stillReturning(host: RegistryHost, digest: Digest): AdapterError {
  return new AdapterError("conflict", `replica ${host}: the registry is still bringing ${digest} back`, {
    retryable: true,
    retryAfter: LOOK_AGAIN_MS,
  });
}
