import type { ImageRecord } from "../domain/image-record.ts";
import type { RegistryHost } from "../domain/image-ref.ts";
import { isEmergency } from "../domain/run.ts";
import { add, type Duration, type Instant, parseDuration } from "../domain/time.ts";
import { isPublicationDue } from "../enforcement/publication.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { SweepReport } from "../ports/operator.ts";
import type { TaggedDigest } from "../ports/registry.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { deletionNow } from "./doom.ts";
import { isHeldOtherwise } from "./parts.ts";
import { digestNamedBy } from "./subject.ts";
import { openAttachments } from "./sweep-attached.ts";
import { openTakeIn, type TakeIn } from "./take-in.ts";
import { queueConfirmed } from "./take-over.ts";
import { lookAtNew } from "./take-over-begin.ts";
import { resumeUndos } from "./undo-work.ts";
import { askUsage } from "./usage.ts";
import { judgeWork, recheck, rejudge } from "./work.ts";

type Counts = { images: number; missed: number; queued: number };
/** What one sweep carries along. */
interface Sweeping {
  readonly now: Instant;
  readonly counts: Counts;
  readonly runs: SweepRuns;
}

/** What is judged again by a sweep belongs to a run; one is begun when there is something for it. */
interface SweepRuns {
  /** Sweeps of one hour count together. */
  ofSweep(): Promise<string>;
  /** The policy in force: what following its change did not reach. */
  ofPolicy(): Promise<string>;
}

const HOUR = 3_600_000;
const OVERDUE: Duration = parseDuration("10m");

type RegistryReport = SweepReport["registries"][number];

/**
 * Every registry loses events, so what is there is compared with what is known: an image that no event announced, a tag that moved, a held
 * image that is back or that was kept from deletion, an image that vanished, something attached or taken away, a verdict of another policy or whose time is over, a deadline that nobody needs any more, an action
 * left open, a published verdict that grew old. Each is queued as if an event had come.
 */
export async function sweep(deps: GateDeps, signal?: AbortSignal): Promise<SweepReport> {
  const startedAt = deps.clock.now();
  const counts: Counts = { images: 0, missed: 0, queued: 0 };
  const sweeping: Sweeping = { now: startedAt, counts, runs: runsOf(deps, startedAt) };
  const registries: RegistryReport[] = [];
  let gone = 0;
  await deps.standings.refresh();
  await Promise.all([...deps.registries.values()].map((watched) => lookAtNew(deps, watched, signal)));
  for (const watched of deps.registries.values()) {
    await queueConfirmed(deps, watched.registry.host);
    const seen = new Set<string>();
    const report = await sweepRegistry(deps, watched, sweeping, seen, signal);
    registries.push(report);
    // Absence is only proven by an inventory that was read to its end.
    gone += await sweepRecords(deps, watched, seen, report.fault === undefined, sweeping, signal);
  }
  await resumeUndos(deps, startedAt);
  deps.metrics.count("moorgate_sweep_missed_events_total", {}, counts.missed);
  deps.metrics.gauge("moorgate_sweep_last_success_timestamp_seconds", Math.floor(startedAt / 1000));
  return { startedAt, ...counts, gone, registries };
}

async function sweepRegistry(
  deps: GateDeps,
  watched: WatchedRegistry,
  sweeping: Sweeping,
  seen: Set<string>,
  signal?: AbortSignal,
): Promise<RegistryReport> {
  const { host } = watched.registry;
  const takeIn = await openTakeIn(deps, watched, sweeping.now);
  let images = 0;
  try {
    for await (const tagged of watched.registry.inventory(signal)) {
      images += 1;
      seen.add(`${tagged.repository}@${tagged.digest}`);
      takeIn?.passed();
      await compare(deps, { registry: host, ...tagged }, sweeping, takeIn);
    }
    sweeping.counts.images += images;
    await takeIn?.ended(undefined);
    return { host, images };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    deps.log.warn("A sweep could not read a registry to its end.", { registry: host, code: error.code, why: error.message });
    const fault = error.mend === undefined ? error.message : `${error.message}. ${error.mend}`;
    await takeIn?.ended(fault);
    return { host, images, fault };
  }
}

async function compare(
  deps: GateDeps,
  image: TaggedDigest & { readonly registry: RegistryHost },
  { now, counts, runs }: Sweeping,
  takeIn: TakeIn | undefined,
): Promise<void> {
  const { registry, repository, digest, tag } = image;
  const record = await deps.ledger.image({ registry, repository, digest });
  if (record !== undefined && isThere(record) && record.tags.includes(tag)) return;
  if (record === undefined && (await isKnownAttachment(deps, image))) return;
  if (record === undefined && takeIn !== undefined) {
    // It was there before the gate was: no event that was missed.
    counts.queued += 1;
    return takeIn.add({ repository, digest, tag });
  }
  const run = record !== undefined && isThere(record) ? await runs.ofSweep() : undefined;
  // The lists of referrers are tags too; what they hold is looked at, and they themselves are never images.
  const work = judgeWork({ registry, repository, digest, tag, origin: "sweep", ...(run === undefined ? {} : { run }) }, now);
  await deps.queue.put([work], now);
  counts.queued += 1;
  if (record === undefined) counts.missed += 1;
}

function isThere({ presence, hold }: ImageRecord): boolean {
  return presence === "present" && hold.kind === "free";
}

/** A list of referrers or an old signature: its tag names the image that it was attached to when that was judged. */
async function isKnownAttachment(
  { ledger }: GateDeps,
  { registry, repository, digest, tag }: TaggedDigest & { readonly registry: RegistryHost },
): Promise<boolean> {
  const subject = digestNamedBy(tag);
  const record = subject === undefined ? undefined : await ledger.image({ registry, repository, digest: subject });
  return record?.presence === "present" && record.attached?.includes(digest) === true;
}

/** @returns how many images are gone or lost their last tag. */
async function sweepRecords(
  deps: GateDeps,
  watched: WatchedRegistry,
  seen: ReadonlySet<string>,
  complete: boolean,
  { now, counts, runs }: Sweeping,
  signal?: AbortSignal,
): Promise<number> {
  const { registry } = watched;
  const isStanding = standing(deps);
  const isGoing = (await deps.halts.now()).kind === "going";
  const canHold = registry.capabilities.hold.mechanism !== "none";
  const attachments = complete ? await openAttachments(deps, registry, now) : undefined;
  let gone = 0;
  let after: string | undefined;
  do {
    const page = await deps.ledger.images({ registry: registry.host, limit: 500, ...(after === undefined ? {} : { after }) });
    const there = page.items.filter((record) => record.presence === "present");
    const stale = there.filter((record) => !isStanding(record));
    const standingOnes = there.filter(isStanding);
    const vanished = there.filter(
      (record) =>
        complete && record.hold.kind === "free" && !seen.has(`${record.key.repository}@${record.key.digest}`) && record.tags.length > 0,
    );
    const open = standingOnes.filter(
      (record) => record.pending !== undefined || (isGoing && record.isHalted === true) || isDue(deps, record, now),
    );
    const due = isGoing ? await dueForDeletion(deps, watched, standingOnes, now) : [];
    const misheld = await heldOtherwise(deps, registry, standingOnes);
    const others = new Set([...vanished, ...open, ...(await outOfUse(deps, standingOnes, now)), ...due, ...misheld]);
    const changed =
      (await attachments?.changedAmong(
        standingOnes.filter((record) => !others.has(record)),
        signal,
      )) ?? [];
    const isStale = new Set(stale);
    const work = [
      ...(await rejudged(stale, now, runs.ofPolicy)),
      ...(await rejudged(
        [...others, ...changed].filter((record) => !isStale.has(record)),
        now,
        runs.ofSweep,
      )),
      ...standingOnes.filter((record) => isOverdue(record, now) || (canHold && isUnheld(record))).map(({ key }) => recheck(key, now)),
    ];
    if (work.length > 0) await deps.queue.put(work, now);
    gone += vanished.length;
    counts.missed += changed.length;
    counts.queued += work.length;
    after = page.next;
  } while (after !== undefined);
  return gone;
}

/** A time at which it was to be judged again has passed and nobody did: the job was given up, or lost with the machine. */
function isOverdue({ verdict }: ImageRecord, now: Instant): boolean {
  return verdict?.recheckAt !== undefined && add(verdict.recheckAt, OVERDUE) < now;
}

/** Those that have a deadline although nothing runs them any more, but for what waits for a person: the run that was stopped asks once. */
async function outOfUse(deps: GateDeps, records: readonly ImageRecord[], now: Instant): Promise<readonly ImageRecord[]> {
  const given = records.filter((record) => record.deadline !== undefined && !waitsInRun(record));
  const uses = await Promise.all(given.map(async (record) => askUsage(deps, record, now)));
  return given.filter((_, place) => uses[place]?.kind === "not-running");
}

/** The brake kept it from a hold by its verdict. An emergency that was stopped at it says nothing of that. */
function waitsInRun({ isBraked, run }: ImageRecord): boolean {
  return isBraked === true && run !== undefined && !isEmergency(run);
}

/** What is left to an index, or kept from one, that was held or came back just before a crash. */
async function heldOtherwise(
  deps: GateDeps,
  { capabilities: { hold } }: WatchedRegistry["registry"],
  records: readonly ImageRecord[],
): Promise<readonly ImageRecord[]> {
  if (hold.mechanism !== "move" && hold.mechanism !== "native-block") return [];
  const are = await Promise.all(records.map((record) => isHeldOtherwise(deps, record)));
  return records.filter((_, place) => are[place] === true);
}

/** It was to be held, and the registry did not let it be done: it may do so now. */
function isUnheld({ verdict, hold, deadline, isBraked, isHalted, override, pending }: ImageRecord): boolean {
  if (verdict?.mode !== "enforce" || hold.kind === "held" || pending !== undefined) return false;
  if (override !== undefined) return override.kind === "hold";
  return (verdict.kind === "violating" || verdict.holdsUnknown) && deadline === undefined && isBraked !== true && isHalted !== true;
}

/** Those that were kept when they were to be deleted, although nothing keeps them any more. */
async function dueForDeletion(
  deps: GateDeps,
  watched: WatchedRegistry,
  records: readonly ImageRecord[],
  now: Instant,
): Promise<readonly ImageRecord[]> {
  const awaited = records.filter(({ deletion }) => deletion !== undefined && deletion.at <= now && deletion.waitsIn === undefined);
  const deletions = await Promise.all(awaited.map(async (record) => deletionNow(deps, watched, record, await askUsage(deps, record, now))));
  return awaited.filter((_, place) => deletions[place]?.kind === "due");
}

/** A published verdict that is to be renewed, withdrawn, or was never written. */
function isDue({ verdicts }: GateDeps, record: ImageRecord, now: Instant): boolean {
  return verdicts !== undefined && isPublicationDue(record, verdicts, now);
}

async function rejudged(
  records: readonly ImageRecord[],
  now: Instant,
  run: () => Promise<string>,
): Promise<readonly ReturnType<typeof rejudge>[]> {
  if (records.length === 0) return [];
  const id = await run();
  return records.map((record) => rejudge(record.key, "sweep", now, id));
}

function runsOf({ runs, policy }: GateDeps, now: Instant): SweepRuns {
  let sweepRun: Promise<string> | undefined;
  let policyRun: Promise<string> | undefined;
  return {
    ofSweep() {
      sweepRun ??= runs.begin("sweep", String(Math.floor(now / HOUR)), now);
      return sweepRun;
    },
    ofPolicy() {
      const { policy: inForce, sameButWaivers } = policy();
      policyRun ??= runs.begin("policy", inForce.id.version, now, sameButWaivers);
      return policyRun;
    },
  };
}

/** Tells whether a verdict is one of the policy in force. */
function standing(deps: GateDeps): (record: ImageRecord) => boolean {
  const { policy, sameButWaivers = [] } = deps.policy();
  const versions = new Set([policy.id.version, ...sameButWaivers]);
  return ({ verdict }) => verdict !== undefined && versions.has(verdict.policy.version);
}
