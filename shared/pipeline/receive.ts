import type { RegistryEvent } from "../domain/event.ts";
import type { Instant } from "../domain/time.ts";
import type { Delivery } from "../ports/event-decoder.ts";
import type { Received } from "../ports/operator.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { isGate, receivePulls, watchedOf } from "./receive-pulls.ts";
import { tellDrift } from "./tell-drift.ts";
import { type DueWork, judgeWork, present } from "./work.ts";

/**
 * Takes a registry's delivery: authenticated first, then read, then made durable. The registry that is asked later is the one whose secret
 * the sender knew, never one that the body names.
 */
export async function receive(deps: GateDeps, provider: string, registry: string | undefined, delivery: Delivery): Promise<Received> {
  const candidates = [...deps.registries.values()].filter(
    (watched) => watched.provider === provider && (registry === undefined || watched.registry.host === registry),
  );
  const [first] = candidates;
  if (first === undefined) return { kind: "unknown-provider" };
  const known = candidates.filter((watched) => watched.decoder.authenticate(delivery, watched.hookSecrets));
  if (known.length === 0) return count(deps, provider, { kind: "unauthenticated" });
  const decoded = first.decoder.decode(delivery);
  if (decoded.kind === "malformed") return count(deps, provider, decoded);
  await receivePulls(deps, known, decoded.pulls ?? [], delivery.receivedAt);
  await tellDrift(deps, (change) => watchedOf(known, change), decoded.changes ?? [], delivery.receivedAt);
  const work = decoded.events.flatMap((event) => workOf(watchedOf(known, event), event, delivery.receivedAt));
  if (work.length === 0) return count(deps, provider, { kind: "accepted", work: 0 });
  const id = `${provider}:${decoded.events.map((event) => event.id).join(",")}`;
  const queued = await deps.queue.put(work, delivery.receivedAt, id);
  return count(deps, provider, queued === "duplicate" ? { kind: "duplicate" } : { kind: "accepted", work: work.length });
}

/** What an event of a registry gives to do; nothing where it is no news. */
export function workOf(watched: WatchedRegistry | undefined, event: RegistryEvent, now: Instant): readonly DueWork[] {
  if (watched === undefined || (event.digest === undefined && event.tag === undefined)) return [];
  const { digest, tag, actor } = event;
  if (isOwnDoing(watched, event)) return [];
  const held = watched.registry.originOf(event.repository);
  if (held === undefined && watched.registry.isOwn(event.repository)) return [];
  const where = held === undefined ? { repository: event.repository } : { repository: held, inQuarantine: true };
  const work = judgeWork(
    {
      registry: watched.registry.host,
      ...where,
      origin: "event",
      ...present({ digest, tag, actor }),
      ...(event.kind === "deleted" ? { isDeletion: true } : {}),
    },
    now,
  );
  // Joined to the work of an event that names nobody, the name would be lost.
  const isApart = actor !== undefined && watched.decoder.namesActorsApart === true;
  return [isApart ? { ...work, key: `${work.key} by ${actor}` } : work];
}

/**
 * The gate's own moves are no news, nor are attestations that this process has just put beside an image: known by digest, for a name could be anybody's.
 * A signature that somebody attached to a held image, where it lies now, is.
 */
function isOwnDoing(watched: WatchedRegistry, { kind, actor, digest, tag, repository }: RegistryEvent): boolean {
  if (kind === "pushed" && digest !== undefined && watched.registry.attachments.explains(repository, digest, tag)) return true;
  return isGate(watched, actor);
}

function count(deps: GateDeps, source: string, received: Received): Received {
  const result = received.kind === "accepted" || received.kind === "duplicate" ? received.kind : "rejected";
  deps.metrics.count("moorgate_events_received_total", { source, result });
  return received;
}
