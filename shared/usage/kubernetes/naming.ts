import type { Workload } from "../../domain/usage.ts";
import type { Meta } from "./shape.ts";

/** Who controls the objects of a list, by `namespace/Kind/name`. */
export type Controllers = ReadonlyMap<string, Place>;

export interface Place {
  readonly kind: string;
  readonly name: string;
}

/** A controller of a controller of a controller is as far as it goes. */
const MOST_STEPS = 4;
/** Nobody deploys these where something else controls them; who controls a deployment made it, and its pods do not name that. */
const STEPS_UP = ["Pod", "ReplicaSet", "Job"];
const OWNER = "moorgate.dev/owner";

export function keyOf(namespace: string, { kind, name }: Place): string {
  return namespace === "" ? `${kind}/${name}` : `${namespace}/${kind}/${name}`;
}

export function controllerOf({ ownerReferences }: Meta): Place | undefined {
  return ownerReferences.find(({ controller }) => controller === true);
}

/** What a person deployed: `shop/Deployment/api` instead of the pod and the replica set that it became. */
export function originOf(kind: string, meta: Meta, controllers: Controllers): Place {
  let place: Place = { kind, name: meta.name };
  let next = STEPS_UP.includes(kind) ? controllerOf(meta) : undefined;
  for (let step = 0; next !== undefined && next.kind !== "Node" && step < MOST_STEPS; step++) {
    place = next;
    next = controllers.get(keyOf(meta.namespace, place)) ?? byName(place, meta);
  }
  return place;
}

/** Its owner is who an annotation names, else the namespace. */
export function workloadOf(place: Place, { namespace }: Meta, annotations: Meta["annotations"]): Workload {
  const owner = annotations?.[OWNER] ?? namespace;
  return { name: keyOf(namespace, place), ...(owner === "" ? {} : { owner }) };
}

/**
 * Where the list does not hold the controller itself, its name tells: a deployment's replica sets end with the hash that their pods carry,
 * a cron job's jobs with the minute that they were due.
 */
function byName({ kind, name }: Place, { labels }: Meta): Place | undefined {
  const hash = labels?.["pod-template-hash"] ?? "";
  if (kind === "ReplicaSet" && hash !== "" && name.endsWith(`-${hash}`))
    return { kind: "Deployment", name: name.slice(0, -hash.length - 1) };
  const job = kind === "Job" ? /^(.+)-\d{8}$/.exec(name)?.[1] : undefined;
  return job === undefined ? undefined : { kind: "CronJob", name: job };
}
