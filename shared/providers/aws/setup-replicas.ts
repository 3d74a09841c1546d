import type { SetupFinding } from "../../domain/setup-finding.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { SetupDemand } from "../../ports/registry-setup.ts";
import { type Access, accessAt, type Surroundings } from "./access.ts";
import { type EcrPlace, hostOf } from "./place.ts";
import { openService } from "./services.ts";
import { type ReplicationRule, setupCalls } from "./setup-calls.ts";

/** Whether a hold reaches the copies, and whether copies that come after it are noticed: ECR repeats pushes and restores, and no archiving. */
export async function lookAtReplicas(
  rules: readonly ReplicationRule[],
  access: Access,
  surroundings: Surroundings,
  { watched }: SetupDemand,
  signal?: AbortSignal,
): Promise<readonly SetupFinding[]> {
  const found = await Promise.all(
    destinationsOf(rules, access.place).map(async (place) => {
      const at = `replica ${place.account}/${place.region}`;
      const host = hostOf(place);
      const reached = await lookAtReach(at, place, access, surroundings, signal);
      const isWatched = host !== undefined && watched.has(host);
      return [...reached, ...(isWatched ? [] : [notWatched(at, host ?? at)])];
    }),
  );
  return found.flat();
}

function destinationsOf(rules: readonly ReplicationRule[], home: EcrPlace): readonly EcrPlace[] {
  const places = rules
    .flatMap(({ destinations = [] }) => destinations)
    .map(({ registryId: account = "", region = "" }) => ({ account, region }))
    .filter(({ account, region }) => account !== home.account || region !== home.region);
  return [...new Map(places.map((one) => [`${one.account}/${one.region}`, one])).values()];
}

async function lookAtReach(
  at: string,
  place: EcrPlace,
  access: Access,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<readonly SetupFinding[]> {
  const there = accessAt(access, place);
  const next = "name the role that the gate takes there: aws: { replicaRole: arn:aws:iam::{account}:role/NAME }";
  if (there === undefined) return [outOfReach(at, "mend", "the gate has no way into that account: a hold does not reach its copies", next)];
  const ask = openService(there, surroundings, async (config) => setupCalls(config));
  try {
    await ask("the repositories", (calls, options) => calls.repositories(undefined, options), signal);
    return [];
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    const isRefused = error.code === "forbidden" || error.code === "unauthorized";
    if (isRefused) return [outOfReach(at, "mend", "AWS does not let the gate in there: a hold does not reach its copies", next)];
    return [outOfReach(at, "unknown", `whether a hold reaches its copies is not known: ${error.message}`, error.mend ?? "try again")];
  }
}

function outOfReach(at: string, state: "mend" | "unknown", fact: string, next: string): SetupFinding {
  return { code: "replica-out-of-reach", places: [at], state, fact, next };
}

function notWatched(at: string, host: string): SetupFinding {
  return {
    code: "replica-not-watched",
    places: [at],
    state: "mend",
    fact: "a copy that comes after a hold, or is restored there, is not noticed: it can be pulled until the next hold",
    next: `add ${host} to registries`,
  };
}
