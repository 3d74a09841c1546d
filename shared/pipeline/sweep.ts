import type { RegistryHost } from "../domain/image-ref.ts";
import type { SweepPlace, SweepState } from "../domain/sweep.ts";
import type { Instant } from "../domain/time.ts";
import type { SweepReport } from "../ports/operator.ts";
import type { GateDeps } from "./deps.ts";
import { runsOf, type Sweeping } from "./sweep-part.ts";
import { type RegistryReport, sweepRegistry } from "./sweep-registry.ts";
import { lookAtNew } from "./take-over-begin.ts";
import { resumeUndos } from "./undo-work.ts";

/**
 * Every registry loses events, so what is there is compared with what is known: an image that no event announced, a tag that moved, a held
 * image that is back or that was kept from deletion, an image that vanished, something attached or taken away, a verdict of another policy or whose time is over, a deadline that nobody needs any more, an action
 * left open, a published verdict that grew old. Each is queued as if an event had come. When `signal` ends it, it leaves a place to go on from.
 */
export async function sweep(deps: GateDeps, signal?: AbortSignal): Promise<SweepReport> {
  const startedAt = deps.clock.now();
  await statesOf(deps);
  return sweepFrom(deps, startedAt, new Map([...deps.registries.keys()].map((host) => [host, { startedAt }])), signal);
}

/** Goes on where sweeps before were ended by their time, or killed. @returns `undefined` where all came to their end */
export async function sweepRest(deps: GateDeps, signal?: AbortSignal): Promise<SweepReport | undefined> {
  const places = (await statesOf(deps)).flatMap(([host, { left }]) => (left === undefined ? [] : [[host, left] as const]));
  const now = deps.clock.now();
  const isFree = ({ workedUntil = now }: SweepPlace): boolean => workedUntil <= now;
  return places.length === 0 ? undefined : sweepFrom(deps, now, new Map(places.filter(([, place]) => isFree(place))), signal);
}

async function sweepFrom(
  deps: GateDeps,
  startedAt: Instant,
  places: ReadonlyMap<RegistryHost, SweepPlace>,
  signal?: AbortSignal,
): Promise<SweepReport> {
  const counts = { images: 0, missed: 0, gone: 0, queued: 0 };
  const sweeping: Sweeping = { now: startedAt, counts, runs: runsOf(deps, startedAt), signal };
  await deps.standings.refresh();
  await Promise.all([...deps.registries.values()].map((watched) => lookAtNew(deps, watched, signal)));
  const registries: RegistryReport[] = [];
  for (const [host, place] of places) {
    const watched = deps.registries.get(host);
    if (watched !== undefined) registries.push(await sweepRegistry(deps, watched, sweeping, place));
  }
  await resumeUndos(deps, startedAt);
  deps.metrics.count("moorgate_sweep_missed_events_total", {}, counts.missed);
  return { startedAt, ...counts, registries };
}

/** Of the registries that are watched; others are forgotten. */
async function statesOf({ sweeps, registries }: GateDeps): Promise<readonly (readonly [RegistryHost, SweepState])[]> {
  const all = [...(await sweeps.all())];
  for (const [host] of all) if (!registries.has(host)) await sweeps.forget(host);
  return all.filter(([host]) => registries.has(host));
}
