import { emergencyTold } from "../audit/record.ts";
import type { EmergencyCounts } from "../domain/emergency.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { type ImageKey, printImageKey } from "../domain/image-ref.ts";
import type { Run } from "../domain/run.ts";
import type { Instant } from "../domain/time.ts";
import type { Emergency, EmergencyReport, ImageProgress } from "../ports/emergency.ts";
import type { GateDeps } from "./deps.ts";
import { askUsage } from "./usage.ts";

const MOST_PARKED = 10_000;
const MOST_OPEN = 100;

/** How far it is, image by image. */
export async function reportOf(deps: GateDeps, emergency: Emergency): Promise<EmergencyReport> {
  const look = await lookOf(deps, emergency);
  const progress: ImageProgress[] = [];
  for (const key of emergency.images) progress.push(await progressOf(deps, emergency, look, key));
  return { ...emergency, state: look.state, progress };
}

/** Tells of those that are settled by now that they have ended. */
export async function endEmergencies(deps: GateDeps): Promise<void> {
  for (const emergency of await deps.emergencies.list({ open: true, limit: MOST_OPEN })) await endIfSettled(deps, emergency);
}

async function endIfSettled(deps: GateDeps, emergency: Emergency): Promise<void> {
  const look = await lookOf(deps, emergency);
  if (look.state === "stopped") return;
  // The jobs are done in order: while it goes on, one of the last images says so.
  const settled: ImageProgress[] = [];
  for (const key of emergency.images.toReversed()) {
    const progress = await progressOf(deps, emergency, look, key);
    if (progress.kind === "under-way" || progress.kind === "waiting") return;
    settled.push(progress);
  }
  const at = deps.clock.now();
  const { run, query, actor } = emergency;
  await Promise.all([
    deps.ledger.append([emergencyTold({ run, state: "ended", query, actor, counts: countsOf(emergency, settled), at })]),
    deps.emergencies.end(run, at),
  ]);
}

/** `left`: those too that were left from the start, or are gone. */
export function countsOf({ images, leftAtStart, unsure }: Emergency, progress: readonly ImageProgress[]): EmergencyCounts {
  const count = (...wanted: readonly ImageProgress["kind"][]): number => progress.filter(({ kind }) => wanted.includes(kind)).length;
  const before = Object.values(leftAtStart).reduce((sum, each) => sum + each, 0);
  return { toHold: images.length, held: count("held"), failed: count("failed"), left: before + count("left", "gone"), notKnown: unsure };
}

interface Look {
  readonly state: Run["state"];
  readonly waiting: ReadonlySet<string>;
  /** Why work was given up, by the job's key. */
  readonly parked: ReadonlyMap<string, string>;
  readonly now: Instant;
}

async function lookOf({ runs, queue, clock }: GateDeps, { run }: Emergency): Promise<Look> {
  const [found, waiting, parked] = await Promise.all([runs.find(run), runs.waiting(run), queue.parked(MOST_PARKED)]);
  const own = `judge:${run} of `;
  return {
    state: found?.state ?? "running",
    waiting: new Set(waiting.map(printImageKey)),
    parked: new Map(parked.flatMap(({ key, why }) => (key.startsWith(own) ? [[key.slice(own.length), why]] : []))),
    now: clock.now(),
  };
}

async function progressOf(deps: GateDeps, emergency: Emergency, look: Look, key: ImageKey): Promise<ImageProgress> {
  const record = await deps.ledger.image(key);
  if (record?.presence !== "present") return { key, kind: "gone", why: "it left its registry" };
  if (record.hold.kind === "held") return { key, kind: "held", strength: record.hold.strength };
  if (look.waiting.has(printImageKey(key)))
    return look.state === "rejected" ? { key, kind: "left", why: "the run was rejected" } : { key, kind: "waiting" };
  const why = look.parked.get(printImageKey(key));
  if (why !== undefined) return { key, kind: "failed", why };
  if (record.pending !== undefined) return { key, kind: "under-way" };
  return (await endOf(deps, emergency, record)) ?? (await stillOpen(deps, emergency, record, look.now));
}

/** What became of the hold that this emergency asked for, where it was tried. */
async function endOf({ ledger }: GateDeps, { run }: Emergency, { key }: ImageRecord): Promise<ImageProgress | undefined> {
  const last = (await ledger.actions(key)).find(({ action }) => action.verb === "hold" && action.cause.run === run);
  switch (last?.outcome?.kind) {
    case "applied":
      return { key, kind: "left", why: "it was held, and has been released" };
    case "failed":
    case "superseded":
      return { key, kind: "failed", why: last.outcome.why };
    default:
      return undefined;
  }
}

async function stillOpen(deps: GateDeps, emergency: Emergency, record: ImageRecord, now: Instant): Promise<ImageProgress> {
  const { key, override } = record;
  if (override?.kind === "release" && override.at >= emergency.startedAt)
    return { key, kind: "left", why: `${override.actor.name} released it: ${override.actor.reason}` };
  if (!deps.registries.has(key.registry)) return { key, kind: "failed", why: `the gate does not watch ${key.registry} any more` };
  if (emergency.inUse) return { key, kind: "under-way" };
  const usage = await askUsage(deps, record, now);
  return usage.kind === "not-running"
    ? { key, kind: "under-way" }
    : { key, kind: "left", why: "it runs by now, or nobody can say that it does not" };
}
