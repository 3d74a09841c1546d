import type { RegistryHost } from "../domain/image-ref.ts";
import type { Standing } from "../domain/take-over.ts";
import type { RegistryStatus } from "../ports/gate-status.ts";
import type { TakeOverStatus } from "../ports/take-over.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { groupOfRun } from "./work.ts";

type StatusDeps = Pick<GateDeps, "registries" | "standings" | "queue" | "policy">;

/** How far every registry is that asks before it is enforced. */
export async function takeOverStatus(deps: StatusDeps): Promise<readonly TakeOverStatus[]> {
  const asking = [...deps.registries.values()].filter(({ takeOver }) => takeOver !== undefined);
  const all = await Promise.all(asking.map((watched) => statusOf(deps, watched)));
  return all.flatMap((status) => status ?? []);
}

/** What the gate's own status says of a registry while it is being taken over. */
export async function takeOverProgress(deps: StatusDeps, host: RegistryHost): Promise<Pick<RegistryStatus, "takeOver">> {
  const watched = deps.registries.get(host);
  if (watched?.takeOver === undefined || deps.standings.of(host)?.kind !== "taking-over") return {};
  const status = await statusOf(deps, watched);
  if (status?.standing.kind !== "taking-over") return {};
  const { counts, open, next = `moorgate takeover status ${host}`, standing } = status;
  const fault = standing.listing.kind === "fault" ? { fault: standing.listing.why } : {};
  return { takeOver: { judged: counts.images, found: counts.images + open, next, ...fault } };
}

async function statusOf(deps: StatusDeps, watched: WatchedRegistry): Promise<TakeOverStatus | undefined> {
  const { host } = watched.registry;
  const standing = deps.standings.of(host);
  if (standing === undefined) return undefined;
  const [counts, jobs] = await Promise.all([deps.standings.counts(host), openJobs(deps, host, standing)]);
  const next = nextOf(deps, host, standing, jobs.open);
  return { registry: host, standing, mode: watched.configured, counts, ...jobs, ...(next === undefined ? {} : { next }) };
}

/** Jobs of the take-over: what it found and has not judged yet, or what it judges again. */
export async function openJobs(
  { queue }: Pick<GateDeps, "queue">,
  host: RegistryHost,
  standing: Standing,
): Promise<{ readonly open: number; readonly parked: number }> {
  const run = "run" in standing ? standing.run : undefined;
  if (run === undefined) return { open: 0, parked: 0 };
  const [first, others] = await Promise.all([queue.depthOf(groupOfRun(run, host, true)), queue.depthOf(groupOfRun(run, host))]);
  return { open: first.open + others.open, parked: first.parked + others.parked };
}

function nextOf({ policy }: StatusDeps, host: RegistryHost, standing: Standing, open: number): string | undefined {
  if (standing.kind === "in-charge") return undefined;
  if (standing.listing.kind === "fault") return "moorgate sweep";
  if (standing.listing.kind !== "read" || open > 0) return `moorgate takeover status ${host}`;
  const isSeen = standing.seen?.policy === policy().policy.id.version && standing.seen.at >= standing.listing.at;
  return isSeen ? `moorgate takeover confirm ${host} --reason "..."` : `moorgate takeover plan ${host}`;
}
