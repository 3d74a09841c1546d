import type { PullEvent } from "../domain/event.ts";
import type { RegistryHost } from "../domain/image-ref.ts";
import { type Instant, instant } from "../domain/time.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";

/** What the gate's own requests call themselves; a registry that asks for no credentials tells no name. */
const OWN_AGENT = "moorgate";

/** Keeps who was pulled when, so that an image which somebody has just fetched is not cut off. The gate and scanners run nothing. */
export async function receivePulls(
  { usage, scanners }: Pick<GateDeps, "usage" | "scanners">,
  known: readonly WatchedRegistry[],
  pulls: readonly PullEvent[],
  now: Instant,
): Promise<void> {
  const kept = pulls.flatMap(({ actor, userAgent, at, repository, digest, ...event }) => {
    const watched = watchedOf(known, event);
    const isNobody = userAgent === OWN_AGENT || isGate(watched, actor) || (actor !== undefined && scanners.includes(actor));
    if (watched === undefined || isNobody || watched.registry.isOwn(repository)) return [];
    // A clock that runs ahead would make it recent for longer than it is.
    const pulledAt = at === "unknown" ? now : instant(Math.min(at, now));
    return [{ image: { registry: watched.registry.host, repository, digest }, at: pulledAt }];
  });
  await Promise.all(kept.map(({ image, at }) => usage.pulled(image, at)));
}

/** With one candidate its host is sure, unless its events are: a proxy may have put another name into the event. */
export function watchedOf(known: readonly WatchedRegistry[], event: { readonly registry: RegistryHost }): WatchedRegistry | undefined {
  const [only, ...others] = known;
  if (only !== undefined && others.length === 0 && only.decoder.namesRegistry !== true) return only;
  return known.find((candidate) => isCalled(candidate, event.registry));
}

/** Whether events mean this registry by that name. */
export function isCalled({ registry, nameInEvents }: WatchedRegistry, name: RegistryHost): boolean {
  return name === registry.host || name === nameInEvents;
}

/** Whether an event names the gate. Who takes a role of AWS goes by its ARN and the name of a session behind it, another one in each process. */
export function isGate(watched: Pick<WatchedRegistry, "gateActors"> | undefined, actor: string | undefined): boolean {
  if (watched === undefined || actor === undefined) return false;
  return watched.gateActors.some((own) => actor === own || (own.startsWith("arn:") && actor.startsWith(`${own}/`)));
}
