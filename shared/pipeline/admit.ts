import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { type ImageKey, printImageKey, type Tag } from "../domain/image-ref.ts";
import type { Manifest } from "../domain/manifest.ts";
import { add, type Duration, type Instant, parseDuration } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { askingOnce } from "./asked-once.ts";
import { brake } from "./brake.ts";
import { type Attempt, finishPending } from "./carry-out.ts";
import { commitMissing, commitVerdict } from "./commit.ts";
import { rejudgeBereft, rejudgeSubjects } from "./concerned.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { wishOf } from "./emergency-wish.ts";
import { rejudgeFamily, rejudgeOthers, rejudgeParts } from "./family.ts";
import { type ImagePlace, readManifest } from "./gather.ts";
import { unlessHalted, unlessResumed } from "./halt.ts";
import { holdAgain } from "./hold-again.ts";
import { judge } from "./judge.ts";
import { namePusher } from "./name-pusher.ts";
import { DONE, retryLater, type WorkOutcome } from "./outcome.ts";
import { type Prepared, prepare, type Wish } from "./prepare.ts";
import { publish } from "./publish.ts";
import { rejudgeAll } from "./queue-images.ts";
import { rejudgeNewSharer } from "./sharers.ts";
import { carryAll } from "./steps.ts";
import { classify, digestNamedBy } from "./subject.ts";
import { currentTags, holders, isServed, tagsToJudge } from "./tags.ts";
import { judgedElsewhere } from "./untagged.ts";
import { type JudgeWork, rejudge } from "./work.ts";

/** For how long an announced tag may still be on its way, and how often is looked. */
const TAG_SETTLE: Duration = parseDuration("2s");
const TAG_LOOK: Duration = parseDuration("200ms");

/**
 * From a hint to the end: looks at the image, judges it, holds or releases it, and writes down each step before and after. May be run again at
 * any point. Registry faults that pass come out as `retry`, others as `park`.
 */
export async function admit(deps: GateDeps, work: JudgeWork, attempt: Attempt): Promise<WorkOutcome> {
  const watched = deps.registries.get(work.registry);
  if (watched === undefined || watched.registry.isOwn(work.repository)) return DONE;
  try {
    const digest = await digestOf(watched, work, attempt.signal);
    if (digest === undefined) return await recheckTagged(deps, work, attempt);
    const key: ImageKey = { registry: work.registry, repository: work.repository, digest };
    if (work.inQuarantine === true) return await lookInQuarantine(deps, watched, key, work, attempt);
    return await deps.locks.run(`image:${printImageKey(key)}`, () => admitImage(deps, watched, key, work, attempt));
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return afterFault(error, attempt.now);
  }
}

/** A tag in the quarantine says nothing of an image of its own: only a digest there is looked at. */
async function digestOf(
  { registry }: WatchedRegistry,
  { digest, tag, repository, inQuarantine }: JudgeWork,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  if (digest !== undefined || tag === undefined || inQuarantine === true) return digest;
  return registry.resolve(repository, tag, signal);
}

function afterFault(error: AdapterError, now: Instant): WorkOutcome {
  const why = error.mend === undefined ? error.message : `${error.message}. ${error.mend}`;
  return error.retryable ? retryLater(why, error.retryAfter, now) : { kind: "park", why };
}

/** Something was pushed where held images lie: a signature or report on one of them is a reason to judge it anew, anything else is not. */
async function lookInQuarantine(
  deps: GateDeps,
  watched: WatchedRegistry,
  key: ImageKey,
  work: JudgeWork,
  attempt: Attempt,
): Promise<WorkOutcome> {
  const away = watched.registry.heldAt(key);
  if (away === undefined) return DONE;
  if (await isAheadOfTag(watched, { ...key, repository: away }, work, attempt)) return waitForTag(attempt);
  const manifest = await watched.registry.manifest(away, key.digest, attempt.signal);
  if (manifest === undefined) await rejudgeBereft(deps, key, work, attempt.now);
  else {
    const classified = await classify({ source: watched.registry, key, repositories: [away] }, manifest, work.tag, attempt.signal);
    if (classified.kind === "attachment") await rejudgeSubjects(deps, key, classified.subjects, work, attempt.now);
  }
  return DONE;
}

async function admitImage(
  deps: GateDeps,
  watched: WatchedRegistry,
  key: ImageKey,
  work: JudgeWork,
  attempt: Attempt,
): Promise<WorkOutcome> {
  if (await namePusher(deps, watched, key, work)) return DONE;
  const asking = askingOnce(deps);
  const looked = await look(asking, watched, key, work, attempt);
  if (looked.kind === "stop") return looked.outcome;
  const weighed = await weigh(asking, watched, work, looked, await wishOf(deps, work, looked.record, attempt.now), attempt);
  if (weighed === "gone") return { kind: "retry", at: attempt.now, why: "the image left its repository meanwhile" };
  const prepared = await brake(deps, work, await unlessHalted(deps, work, weighed), attempt.now);
  await rejudgeFamily(deps, key, prepared, attempt.now);
  if ((await commitVerdict(deps, prepared, attempt.now)) === "conflict")
    return { kind: "retry", at: attempt.now, why: "the image changed meanwhile" };
  await rejudgeNewSharer(deps, key, prepared, attempt.now);
  await unlessResumed(deps, prepared.record, attempt.now);
  await followTag(deps, key, work, attempt);
  const carried = await carryAll(deps, watched, work, prepared, attempt);
  if (carried.kind === "later") return carried.outcome;
  await rejudgeOthers(deps, key, prepared, carried, work, attempt.now);
  // Of what was just deleted nothing is published any more.
  const isThere = carried.record.presence === "present";
  return publish(deps, watched, key, isThere ? prepared.judged.evidence : undefined, attempt);
}

/** An image that is there to be judged. */
export interface Looked {
  readonly kind: "image";
  readonly record: ImageRecord | undefined;
  readonly manifest: Manifest;
  readonly place: ImagePlace;
  readonly served: boolean;
  readonly tags: readonly Tag[];
  /** Those that it is judged by. */
  readonly borne: readonly Tag[];
}

/** Nothing to judge here, or not yet. */
export interface Stop {
  readonly kind: "stop";
  readonly outcome: WorkOutcome;
}

function stop(outcome: WorkOutcome): Stop {
  return { kind: "stop", outcome };
}

/** Finishes what an earlier step left open, then asks the registry what is there. Holds the image's lock. */
export async function look(
  deps: GateDeps,
  watched: WatchedRegistry,
  key: ImageKey,
  work: JudgeWork,
  attempt: Attempt,
): Promise<Looked | Stop> {
  const [before, isAhead] = await Promise.all([deps.ledger.image(key), isAheadOfTag(watched, key, work, attempt)]);
  if (work.isDeletion === true && before?.hold.kind === "held") return stop(DONE);
  if (isAhead) return stop(waitForTag(attempt));
  const finished =
    before?.pending === undefined
      ? { kind: "ready" as const, record: before }
      : await finishPending(deps, watched, before, before.pending, attempt);
  if (finished.kind === "later") return stop(finished.outcome);
  const again = await holdAgain(deps, watched, finished.record, work, attempt);
  if (again.kind === "later") return stop(again.outcome);
  return lookAt(deps, watched, key, again.record, work, attempt);
}

/**
 * Distribution tells of a manifest before it writes the tag. Judged too early, an image would lack its tag, a signature that is found by its tag would
 * not be found, and no event would come for either. Whoever moved the tag on meanwhile is waited for in vain, and only shortly.
 */
async function isAheadOfTag({ registry }: WatchedRegistry, key: ImageKey, work: JudgeWork, attempt: Attempt): Promise<boolean> {
  if (work.tag === undefined || work.digest === undefined || work.origin !== "event" || work.isDeletion === true) return false;
  if (attempt.now >= add(attempt.queuedAt, TAG_SETTLE)) return false;
  return (await registry.resolve(key.repository, work.tag, attempt.signal)) !== key.digest;
}

function waitForTag({ now }: Attempt): WorkOutcome {
  return { kind: "retry", at: add(now, TAG_LOOK), why: "waits for its tag" };
}

async function lookAt(
  deps: GateDeps,
  watched: WatchedRegistry,
  key: ImageKey,
  record: ImageRecord | undefined,
  work: JudgeWork,
  attempt: Attempt,
): Promise<Looked | Stop> {
  const place = placeOf(watched, key, record);
  const served = await watched.registry.manifest(key.repository, key.digest, attempt.signal);
  const manifest = served ?? (record?.hold.kind === "held" ? await readManifest(place, key.digest, attempt.signal) : undefined);
  if (manifest === undefined) return stop(await vanished(deps, watched, key, record, work, attempt));
  const classified = await classify(place, manifest, work.tag, attempt.signal);
  if (classified.kind === "attachment") {
    await rejudgeSubjects(deps, key, classified.subjects, work, attempt.now);
    return stop(DONE);
  }
  const tags = await currentTags(deps, watched, key, record, { tag: work.tag, at: attempt.queuedAt }, attempt.signal);
  const borne = await tagsToJudge(watched, key, record, tags, attempt.signal);
  const isFree = record === undefined || record.hold.kind === "free";
  const elsewhere =
    borne.length === 0 && isFree ? await judgedElsewhere(deps, watched, { key, manifest, record, work }, attempt) : undefined;
  if (elsewhere !== undefined) return stop(elsewhere);
  const isBack = await isServed(deps, watched, record, served !== undefined, tags, attempt.signal);
  return { kind: "image", record, manifest, place, served: isBack, tags, borne };
}

/** Judges it and prepares the action that follows. Changes nothing. */
export async function weigh(
  deps: GateDeps,
  watched: WatchedRegistry,
  work: JudgeWork,
  looked: Looked,
  wish: Wish,
  attempt: Attempt,
): Promise<Prepared | "gone"> {
  const judged = await judge(deps, watched, { ...looked, work, now: attempt.now }, attempt.signal);
  return prepare(deps, watched, judged, wish, looked.served, attempt.now, attempt.signal);
}

function placeOf(watched: WatchedRegistry, key: ImageKey, record: ImageRecord | undefined): ImagePlace {
  const away = record?.hold.kind === "held" ? watched.registry.heldAt(key) : undefined;
  return { source: watched.registry, key, repositories: away === undefined ? [key.repository] : [key.repository, away] };
}

async function vanished(
  deps: GateDeps,
  watched: WatchedRegistry,
  key: ImageKey,
  record: ImageRecord | undefined,
  work: JudgeWork,
  attempt: Attempt,
): Promise<WorkOutcome> {
  if (record?.presence === "present") await commitMissing(deps, record, attempt.now);
  await rejudgeBereft(deps, key, work, attempt.now);
  await rejudgeParts(deps, key, record, attempt.now);
  // A verdict that stayed would vouch for the same bytes when they come back.
  return publish(deps, watched, key, undefined, attempt);
}

/** The digest that a moved tag pointed at before has lost it; nothing else would tell. */
async function followTag(deps: GateDeps, key: ImageKey, { tag, run }: JudgeWork, { now, follow }: Attempt): Promise<void> {
  if (tag === undefined) return;
  const losers = (await holders(deps, key, tag)).filter((record) => record.key.digest !== key.digest);
  const keys = losers.map((record) => record.key);
  if (follow === undefined) await rejudgeAll(deps, keys, now, run);
  else follow(keys.map((loser) => rejudge(loser, "event", now, run)));
}

/** A tag that names nothing any more: whoever had it is looked at again, and the image whose signature it was. */
async function recheckTagged(deps: GateDeps, work: JudgeWork, { now }: Attempt): Promise<WorkOutcome> {
  const { tag, inQuarantine } = work;
  if (tag === undefined || inQuarantine === true) return DONE;
  const named = digestNamedBy(tag);
  const had = (await holders(deps, work, tag)).map((record) => record.key.digest);
  await rejudgeSubjects(deps, work, named === undefined ? had : [named, ...had], work, now);
  return DONE;
}
