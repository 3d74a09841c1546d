import type { ImageRecord } from "../domain/image-record.ts";
import type { RepositoryKey } from "../domain/image-ref.ts";
import { isEmergency } from "../domain/run.ts";
import { add, type Duration, type Instant, parseDuration } from "../domain/time.ts";
import { isPublicationDue } from "../enforcement/publication.ts";

import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { deletionNow } from "./doom.ts";
import { isHeldOtherwise } from "./parts.ts";
import { openAttachments } from "./sweep-attached.ts";
import { openUntold, type UntoldAmong } from "./sweep-findings.ts";
import type { Sweeping } from "./sweep-part.ts";
import { askUsage } from "./usage.ts";
import { type DueWork, recheck, rejudge } from "./work.ts";

const OVERDUE: Duration = parseDuration("10m");

/** @param vanished those that are judged again in any case */
export type DueAmong = (records: readonly ImageRecord[], vanished: readonly ImageRecord[]) => Promise<readonly DueWork[]>;

/** What records say by themselves, what the registry says of what is attached to their images, and what scanners found since. */
export interface RecordLook {
  in(repository: RepositoryKey): DueAmong;
}

/** @param isWell whether the registry is asked what is attached */
export async function openRecordLook(deps: GateDeps, watched: WatchedRegistry, sweeping: Sweeping, isWell: boolean): Promise<RecordLook> {
  const { now, counts, runs, signal } = sweeping;
  const { registry } = watched;
  const isStanding = standing(deps);
  const isGoing = (await deps.halts.now()).kind === "going";
  const canHold = registry.capabilities.hold.mechanism !== "none";
  const attachments = isWell ? await openAttachments(deps, registry, now) : undefined;
  const isOpen = (record: ImageRecord): boolean =>
    record.pending !== undefined || (isGoing && record.isHalted === true) || isDue(deps, record, now);
  const isToRecheck = (record: ImageRecord): boolean => isOverdue(record, now) || (canHold && isUnheld(record));
  const dueIn =
    (untoldAmong: UntoldAmong): DueAmong =>
    async (records, vanished) => {
      const [standingOnes, stale] = parted(
        records.filter(({ presence }) => presence === "present"),
        isStanding,
      );
      const untold = await untoldAmong(standingOnes);
      const others = new Set([
        ...vanished,
        ...untold,
        ...standingOnes.filter(isOpen),
        ...(await outOfUse(deps, standingOnes, now)),
        ...(isGoing ? await dueForDeletion(deps, watched, standingOnes, now) : []),
        ...(await heldOtherwise(deps, watched, standingOnes)),
      ]);
      const unmet = standingOnes.filter((record) => !others.has(record));
      const changed = (await attachments?.changedAmong(unmet, signal)) ?? [];
      counts.missed += untold.length + changed.length;
      const isStale = new Set(stale);
      const again = [...others, ...changed].filter((record) => !isStale.has(record));
      return [
        ...(await rejudged(stale, now, runs.ofPolicy)),
        ...(await rejudged(again, now, runs.ofSweep)),
        ...standingOnes.filter(isToRecheck).map(({ key }) => recheck(key, now)),
      ];
    };
  return { in: (repository) => dueIn(openUntold(deps, repository, sweeping)) };
}

function parted<T>(all: readonly T[], is: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
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
  { registry }: WatchedRegistry,
  records: readonly ImageRecord[],
): Promise<readonly ImageRecord[]> {
  const { hold } = registry.capabilities;
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

async function rejudged(records: readonly ImageRecord[], now: Instant, run: () => Promise<string>): Promise<readonly DueWork[]> {
  if (records.length === 0) return [];
  const id = await run();
  return records.map((record) => rejudge(record.key, "sweep", now, id));
}

/** Tells whether a verdict is one of the policy in force. */
function standing(deps: GateDeps): (record: ImageRecord) => boolean {
  const { policy, sameButWaivers = [] } = deps.policy();
  const versions = new Set([policy.id.version, ...sameButWaivers]);
  return ({ verdict }) => verdict !== undefined && versions.has(verdict.policy.version);
}
