import type { RegistryHost } from "../domain/image-ref.ts";
import type { SweepReport } from "../ports/operator.ts";
import type { SweepPlace } from "../ports/sweep-store.ts";
import type { GateDeps } from "./deps.ts";
import { runsOf, type Sweeping } from "./sweep-part.ts";
import { type SweptRegistry, sweepRegistry } from "./sweep-registry.ts";
import { lookAtNew } from "./take-over-begin.ts";
import { resumeUndos } from "./undo-work.ts";

/**
 * Every registry loses events, so what is there is compared with what is known: an image that no event announced, a tag that moved, a held
 * image that is back or that was kept from deletion, an image that vanished, something attached or taken away, a verdict of another policy or whose time is over, a deadline that nobody needs any more, an action
 * left open, a published verdict that grew old. Each is queued as if an event had come. When `signal` ends it, it leaves a place to go on from.
 */
export function sweep(deps: GateDeps, signal?: AbortSignal): Promise<SweepReport> {
  return sweepFrom(deps, new Map([...deps.registries.keys()].map((host) => [host, {}])), signal);
}

/** Goes on where sweeps before were ended by their time. @returns `undefined` where none was */
export async function sweepRest(deps: GateDeps, signal?: AbortSignal): Promise<SweepReport | undefined> {
  const left = await deps.sweeps.left();
  return left.size === 0 ? undefined : sweepFrom(deps, left, signal);
}

async function sweepFrom(deps: GateDeps, places: ReadonlyMap<RegistryHost, SweepPlace>, signal?: AbortSignal): Promise<SweepReport> {
  const startedAt = deps.clock.now();
  const counts = { images: 0, missed: 0, gone: 0, queued: 0 };
  const sweeping: Sweeping = { now: startedAt, counts, runs: runsOf(deps, startedAt), signal };
  await deps.standings.refresh();
  await Promise.all([...deps.registries.values()].map((watched) => lookAtNew(deps, watched, signal)));
  const swept: SweptRegistry[] = [];
  for (const [host, place] of places) {
    const watched = deps.registries.get(host);
    if (watched === undefined) await deps.sweeps.end(host);
    else swept.push(await sweepRegistry(deps, watched, sweeping, place));
  }
  await resumeUndos(deps, startedAt);
  deps.metrics.count("moorgate_sweep_missed_events_total", {}, counts.missed);
  if (swept.every(({ isLeft }) => !isLeft))
    deps.metrics.gauge("moorgate_sweep_last_success_timestamp_seconds", Math.floor(startedAt / 1000));
  return { startedAt, ...counts, registries: swept.map(({ report }) => report) };
}
