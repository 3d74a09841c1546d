import type { ImageRecord } from "../../domain/image-record.ts";
import { type ImageKey, printImageKey } from "../../domain/image-ref.ts";
import { type Instant, parseDuration } from "../../domain/time.ts";
import type { AskedHold, HoldAnswer, RunFacts, RunStore, SoFar, WeighedHold } from "../../ports/run-store.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import { imagesIn } from "./image-places.ts";
import type { Requests } from "./requests.ts";
import {
  answerHash,
  answerKey,
  GO_HASH,
  goKey,
  HEAD_KEY,
  NO_RUNS,
  type RunAnswer,
  type RunDocument,
  type RunHead,
  resolve,
  runKey,
} from "./run-document.ts";
import { padded } from "./stamps.ts";

const HOUR = parseDuration("1h");
/** What was let through is asked for by the hour; days of it are for people. */
const KEPT_MS = 30 * 24 * HOUR;

/**
 * Asks and keeps the answer in one transaction on the run: its workers come one after the other.
 */
export function openWeigh(requests: Requests, documents: Documents): RunStore["weigh"] {
  return async (id, hold, now, answer) =>
    documents.change("runs", async (change) => {
      const head = (await change.get<RunHead>(HEAD_KEY)) ?? NO_RUNS;
      const run = await resolve((key) => change.get<RunDocument>(key), head, id);
      if (run === undefined) throw new Error(`run ${id} is not known to the store`);
      const before = await change.get<RunAnswer>(answerKey(run.number, hold.image));
      const counted = (): Promise<SoFar> => count(requests, documents, run, hold.image, now);
      const answered = await answerOf(answer, factsOf(run, before), counted);
      await keep(change, run, hold, before, answered, now);
      const held = run.held + Number(answered.kind === "go") - Number(before?.answer === "go");
      return weighed(change, head, { ...run, held }, hold.image, answered, now);
    });
}

type Answer = Parameters<RunStore["weigh"]>[3];

/** To count reads the whole repository, which is done for an answer that asks for it: where a person let thousands through, none does. */
async function answerOf(answer: Answer, facts: Omit<RunFacts, "soFar">, counted: () => Promise<SoFar>): Promise<HoldAnswer> {
  const notCounted = new Error("the run's holds are not counted yet");
  const refuse = (): never => {
    throw notCounted;
  };
  try {
    return answer({ ...facts, soFar: refuse });
  } catch (error) {
    if (error !== notCounted) throw error;
  }
  const soFar = await counted();
  return answer({ ...facts, soFar: () => soFar });
}

function factsOf({ state, stop }: RunDocument, before: RunAnswer | undefined): Omit<RunFacts, "soFar"> {
  return {
    state,
    ...(stop === undefined ? {} : { why: stop.why }),
    ...(before === undefined ? {} : { before: { answer: before.answer, reasons: before.reasons } }),
  };
}

/** What was let through keeps its time: a step that a crash repeats does not count in another hour. */
async function keep(
  change: Change,
  run: RunDocument,
  { image, reasons }: AskedHold,
  before: RunAnswer | undefined,
  { kind }: HoldAnswer,
  now: Instant,
): Promise<void> {
  const at = before?.answer === "go" ? before.at : now;
  change.put(answerKey(run.number, image), { image, answer: kind, reasons, at } satisfies RunAnswer);
  const go = goKey(run.number, image, at);
  if ((kind === "go") === (before?.answer === "go")) return;
  await change.get(go);
  if (kind === "go") change.put(go, {}, { endsAt: at + KEPT_MS });
  else change.remove(go);
}

/** A run is stopped by the head that it was found with: whose place another took meanwhile asks nobody any more. */
function weighed(change: Change, head: RunHead, run: RunDocument, image: ImageKey, answered: HoldAnswer, now: Instant): WeighedHold {
  const name = printImageKey(image);
  const isStop = answered.kind === "wait" && run.state === "running";
  const stopped: RunDocument = isStop
    ? { ...run, state: "stopped", stop: { at: now, why: answered.why, stopper: name }, isAlerted: true }
    : run;
  change.put(runKey(run.number), stopped);
  if (isStop) change.put(HEAD_KEY, { ...head, stopped: [...head.stopped, run.number] } satisfies RunHead);
  if (answered.kind === "go") return { kind: "go" };
  const { id, cause, stop } = stopped;
  return stop?.stopper === name ? { kind: "wait", stopped: { id, cause, at: stop.at, why: stop.why } } : { kind: "wait" };
}

async function count(
  requests: Requests,
  documents: Documents,
  { number, held }: RunDocument,
  image: ImageKey,
  now: Instant,
): Promise<SoFar> {
  const prefix = answerKey(number, image).sk.split("!")[0];
  const here = new Set<string>();
  for await (const { body } of documents.list<RunAnswer>({ hash: answerHash(number), from: `${prefix}!`, to: `${prefix}!~` }))
    if (body.answer === "go") here.add(body.image.digest);
  const counted = await countPlace(documents, image, here);
  const heldInHour = await requests.count({ hash: GO_HASH, from: padded(Math.max(0, now - HOUR)) });
  return {
    held,
    heldInRepository: here.size,
    imagesInRepository: counted.images,
    isLastTagged: counted.tagged === 0,
    isLastCompliant: counted.compliant === 0,
    heldInHour,
  };
}

/** Those that can be pulled, or could when the run came here; and what is left beside the image. */
async function countPlace(documents: Documents, image: ImageKey, letThrough: ReadonlySet<string>) {
  const counted = { images: 0, tagged: 0, compliant: 0 };
  const canBePulled = ({ presence, hold, key }: ImageRecord): boolean =>
    presence === "present" && (hold.kind === "free" || letThrough.has(key.digest));
  const stays = ({ tags, key }: ImageRecord): boolean => tags.length > 0 && key.digest !== image.digest && !letThrough.has(key.digest);
  for await (const { record } of imagesIn(documents, image)) {
    if (record === undefined || !canBePulled(record)) continue;
    counted.images += 1;
    if (!stays(record)) continue;
    counted.tagged += 1;
    if (record.verdict?.kind === "compliant") counted.compliant += 1;
  }
  return counted;
}
