import { published as publishedEvent, publishing as publishingEvent } from "../audit/record.ts";
import type { ImageEvidence } from "../domain/evidence.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { type ImageKey, printImageKey } from "../domain/image-ref.ts";
import type { Publication, PublicationOutcome, PublicationStep } from "../domain/publication.ts";
import { add, instant, parseDuration } from "../domain/time.ts";
import { stanceOf } from "../enforcement/publication.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Comparison, PublicationRequest, Settled } from "../ports/verdict-publisher.ts";
import type { Attempt } from "./carry-out.ts";
import { occasion } from "./commit.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { DONE, retryLater, type WorkOutcome } from "./outcome.ts";
import { subjectsOf, type ToPublish } from "./publication-subjects.ts";
import { rejudge } from "./work.ts";

const AGAIN = parseDuration("10s");

/** Where it all happens, for one image. */
interface Publishing extends ToPublish {
  readonly deps: GateDeps;
  readonly watched: WatchedRegistry;
  readonly attempt: Attempt;
}

interface Compared {
  readonly request: PublicationRequest;
  readonly comparison: Comparison;
}

/**
 * Brings what is published of an image in line with its verdict, which was committed before. The registry is asked each time, so that a step which a crash
 * cut off is finished, and what somebody put back is taken away again. Holds the image's lock. `evidence`: absent where the image is gone.
 */
export async function publish(
  deps: GateDeps,
  watched: WatchedRegistry,
  key: ImageKey,
  evidence: ImageEvidence | undefined,
  attempt: Attempt,
): Promise<WorkOutcome> {
  const publisher = deps.verdicts;
  const record = publisher === undefined ? undefined : await deps.ledger.image(key);
  if (publisher === undefined || record === undefined || record.pending !== undefined) return DONE;
  const stance = stanceOf(record, publisher.isOn);
  if (stance === "as-is" || (await deps.halts.now()).kind === "halted" || (record.presence === "gone" && record.published === undefined))
    return DONE;
  if (stance === "pass" && record.verdict?.policy.version !== deps.policy().policy.id.version)
    return { kind: "retry", at: attempt.now, why: "the policy changed since the verdict" };
  const publishing: Publishing = { deps, watched, attempt, record, stance, evidence, publisher };
  return deps.locks.run(`repository:${key.registry}/${key.repository}`, () => bringInLine(publishing));
}

async function bringInLine(publishing: Publishing): Promise<WorkOutcome> {
  const { deps, record, stance, attempt, publisher } = publishing;
  const why = whyOf(publishing);
  let step: PublicationStep = { verb: stance === "pass" ? "attest" : "withdraw", why, subjects: [record.key.digest] };
  let isBegun = false;
  try {
    const { done: compared, fault: unseen } = await each(await requestsOf(publishing), async (request) => {
      return { request, comparison: await publisher.compare(request, attempt.signal) };
    });
    const changes = compared.filter(isChange);
    if (changes.length > 0) {
      step = stepOf(why, changes);
      isBegun = true;
      // What failed before was told then.
      if (record.published?.fault?.verb !== step.verb)
        await deps.ledger.append([publishingEvent(occasion(record, deps.clock.now()), step)]);
    }
    const { done: settled, fault = unseen } = await each(compared, ({ request, comparison }) =>
      publisher.settle(request, comparison, attempt.signal),
    );
    if (fault !== undefined) throw fault;
    return await remember(publishing, step, settled, changes.length > 0);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return afterFault(publishing, step, isBegun, error);
  }
}

/** One that fails keeps no other from being done: a pass that can be taken away goes, whatever becomes of the next. */
async function each<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<{ readonly done: readonly R[]; readonly fault?: AdapterError }> {
  const done: R[] = [];
  const faults: AdapterError[] = [];
  for (const item of items) {
    try {
      done.push(await work(item));
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      faults.push(error);
    }
  }
  const [first] = faults;
  return first === undefined ? { done } : { done, fault: first };
}

function isChange({ comparison: { surplus, missing } }: Compared): boolean {
  return surplus.length + missing.length > 0;
}

function stepOf(why: string, changes: readonly Compared[]): PublicationStep {
  const isNew = changes.some(({ comparison }) => comparison.missing.length > 0);
  return { verb: isNew ? "attest" : "withdraw", why, subjects: changes.map(({ request }) => request.subject.digest) };
}

function whyOf({ record: { verdict, hold, presence, override }, publisher }: Publishing): string {
  if (presence === "gone") return "the image left its registry";
  if (!publisher.isOn) return "nothing is published any more";
  if (hold.kind === "held" || override?.kind === "hold") return "the image is held";
  const { name = "", version = "" } = verdict?.policy ?? {};
  return `${verdict?.kind ?? "not judged"} by ${name}@${version.slice(0, 6)}`;
}

async function requestsOf(publishing: Publishing): Promise<readonly PublicationRequest[]> {
  const { deps, watched, record, publisher, attempt } = publishing;
  const away = record.hold.kind === "held" ? watched.registry.heldAt(record.key) : undefined;
  const repositories = [record.key.repository, ...(away === undefined ? [] : [away])];
  const { published } = record;
  // What could not be written is tried again with the next renewal.
  const skipped = published !== undefined && add(published.at, publisher.freshFor) > attempt.now ? published.skipped : [];
  const subjects = await subjectsOf(deps, publishing);
  return subjects.map(({ digest, wanted }) => {
    const subject = { ...record.key, digest };
    return { registry: watched.registry, subject, repositories, wanted, skipped, now: attempt.now };
  });
}

/** Writes down what stands now, if that is anything new. */
async function remember(
  publishing: Publishing,
  step: PublicationStep,
  settled: readonly Settled[],
  isChanged: boolean,
): Promise<WorkOutcome> {
  const { record } = publishing;
  const next = publicationOf(settled);
  const isNews = isChanged || (record.published?.manifests ?? []).join() !== (next?.manifests ?? []).join();
  if (!isNews && JSON.stringify(record.published) === JSON.stringify(next)) return DONE;
  const notes = settled.flatMap((each) => each.notes);
  return commit(publishing, step, next, isNews ? { kind: "done", manifests: next?.manifests ?? [], notes } : undefined);
}

function publicationOf(settled: readonly Settled[]): Publication | undefined {
  const standing = settled.filter(({ manifests }) => manifests.length > 0);
  if (standing.length === 0) return undefined;
  return {
    at: instant(Math.min(...standing.map(({ at }) => at))),
    subjects: standing.map(({ subject }) => subject),
    manifests: [...new Set(standing.flatMap(({ manifests }) => manifests))].sort(),
    skipped: [...new Set(standing.flatMap(({ skipped }) => skipped))],
  };
}

/** A fault that passes is tried again; another one is told once, and stays in mind. */
async function afterFault(publishing: Publishing, step: PublicationStep, isBegun: boolean, error: AdapterError): Promise<WorkOutcome> {
  const { deps, record, stance, attempt, publisher } = publishing;
  const why = error.mend === undefined ? error.message : `${error.message}. ${error.mend}`;
  if (error.retryable) return retryLater(why, error.retryAfter, attempt.now);
  const { published } = record;
  const known = published?.fault;
  if (known?.why === why && known.verb === step.verb && add(known.at, publisher.freshFor) > attempt.now) return DONE;
  if (stance !== "pass" && published === undefined && !isBegun) {
    deps.log.warn("It could not be looked whether an attestation of the gate stands beside an image.", {
      image: printImageKey(record.key),
      why,
    });
    return DONE;
  }
  const standing = published ?? { at: attempt.now, subjects: [], manifests: [], skipped: [] };
  return commit(
    publishing,
    step,
    { ...standing, fault: { verb: step.verb, at: attempt.now, why } },
    { kind: "failed", code: error.code, why },
  );
}

async function commit(
  { deps, record, attempt }: Publishing,
  step: PublicationStep,
  published: Publication | undefined,
  outcome: PublicationOutcome | undefined,
): Promise<WorkOutcome> {
  const { published: _, ...rest } = record;
  const image: ImageRecord = { ...rest, version: record.version + 1, ...(published === undefined ? {} : { published }) };
  const journal = outcome === undefined ? [] : [publishedEvent(occasion(record, deps.clock.now()), step, outcome)];
  const result = await deps.ledger.commit({ image, intents: [], outcomes: [], journal });
  if (result === "conflict") return { kind: "retry", at: attempt.now, why: "the image changed meanwhile" };
  // Once more a little later: what was written is part of what is attached, and somebody may have overwritten it at the same moment.
  if (outcome?.kind === "done" && record.presence === "present")
    await deps.queue.put([rejudge(record.key, "event", add(attempt.now, AGAIN), record.run)], attempt.now);
  if (outcome !== undefined) deps.metrics.count("moorgate_publications_total", { verb: step.verb, result: outcome.kind });
  return DONE;
}
