import { setTimeout as wait } from "node:timers/promises";
import { instant } from "../../shared/domain/time.ts";
import type { Attempt } from "../../shared/pipeline/carry-out.ts";
import type { GateDeps } from "../../shared/pipeline/deps.ts";
import { doWork } from "../../shared/pipeline/do-work.ts";
import type { WorkOutcome } from "../../shared/pipeline/outcome.ts";
import { covers, type DueWork } from "../../shared/pipeline/work.ts";
import type { Message } from "./envelope.ts";
import type { Turn } from "./turn.ts";

/** What a message asks for. Pieces about one image are done one after the other. */
export interface Asked {
  readonly message: Message;
  readonly about: string;
  readonly work: DueWork;
}

/** Has a message received again after so many milliseconds, sooner than by itself. */
export type Postpone = (message: Message, forMs: number) => Promise<void>;

/** The same work, asked for by several messages, is done once. */
interface Piece {
  readonly work: DueWork;
  readonly messages: readonly Message[];
  /** Those that ask for less of the same. */
  readonly besides: readonly Message[];
}

const AT_ONCE = 5;
/** Shorter waits are not worth another call. */
const WAITED_OUT_MS = 500;
const MOST_TRIES = 4;
/** The queue hides a message for so long at most; the store's own queue keeps what waits longer. */
const LONGEST_MS = 15 * 60_000;
/** A message that was received so often goes over to the store's own queue, before the dead letters take it for poison. */
const MOST_RECEIVES = 3;

/** Works off what the messages of one batch ask for, and puts the records of those into `finished` of which everything is done. */
export async function workOff(
  deps: GateDeps,
  asked: readonly Asked[],
  turn: Turn,
  postpone: Postpone,
  finished: Set<string>,
): Promise<void> {
  const left = new Map([...Map.groupBy(asked, ({ message }) => message.record)].map(([record, pieces]) => [record, pieces.length]));
  const done = ({ record }: Message): void => {
    left.set(record, (left.get(record) ?? 0) - 1);
    if (left.get(record) === 0) finished.add(record);
  };
  const open = [...Map.groupBy(oldestFirst(asked), ({ about }) => about).values()].map(piecesOf);
  const worker = async (): Promise<void> => {
    for (let pieces = open.shift(); pieces !== undefined; pieces = open.shift()) await workOffInOrder(deps, pieces, turn, postpone, done);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** The queue keeps no order; what was put there first is done first. */
function oldestFirst(asked: readonly Asked[]): readonly Asked[] {
  return asked.toSorted((one, other) => one.message.sentAt - other.message.sentAt);
}

/** A push, its scan and what the scan found are told by messages of their own, and are one look at the image. */
function piecesOf(asked: readonly Asked[]): readonly Piece[] {
  const pieces = [...Map.groupBy(asked, ({ work }) => work.key).values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [{ work: first.work, messages: [first, ...rest].map(({ message }) => message) }],
  );
  const whole = pieces.filter(({ work }) => !pieces.some((other) => covers(other.work, work)));
  // What two looks cover counts with the first of them: once for its message.
  const covered = Map.groupBy(pieces, ({ work }) => whole.find((each) => covers(each.work, work)));
  return whole.map((each) => ({ ...each, besides: (covered.get(each) ?? []).flatMap(({ messages }) => messages) }));
}

/** What comes after a piece that is not done waits with it. */
async function workOffInOrder(
  deps: GateDeps,
  pieces: readonly Piece[],
  turn: Turn,
  postpone: Postpone,
  done: (message: Message) => void,
): Promise<void> {
  for (const piece of pieces) {
    if (!turn.canBegin() || !(await take(deps, piece, turn, postpone))) return;
    messagesOf(piece).forEach(done);
  }
}

/** @returns whether the messages are done with: the work is, or the store's own queue has it */
async function take(deps: GateDeps, piece: Piece, turn: Turn, postpone: Postpone): Promise<boolean> {
  const losers = new Map<string, DueWork>();
  try {
    const outcome = await attempt(deps, piece, turn, (lost) => lost.forEach((each) => void losers.set(each.key, each)));
    await workOffLosers(deps, [...losers.values()], turn);
    if (outcome.kind === "done") return true;
    const now = deps.clock.now();
    if (outcome.kind === "retry" && !isForLater(piece, outcome.at - now)) {
      if (!turn.signal.aborted) await Promise.all(messagesOf(piece).map((message) => postpone(message, Math.max(0, outcome.at - now))));
      return false;
    }
    await handOver(deps, piece.work, outcome);
    return true;
  } catch (error) {
    // Adapters' faults were answered in the flow; what comes here is a defect of ours, or the table does not answer. It comes again, and ends with the dead letters.
    deps.log.error("A piece of work failed unexpectedly.", {
      work: piece.work.key,
      why: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return false;
  }
}

/**
 * Who lost a tag to the image of a message is judged before the message is done with: where the function ends in between, the message comes again, and
 * finds whoever still has the tag in its record.
 */
async function workOffLosers(deps: GateDeps, losers: readonly DueWork[], turn: Turn): Promise<void> {
  for (const work of losers) {
    const now = deps.clock.now();
    const outcome: WorkOutcome = turn.canBegin()
      ? await doWork(deps, work, { queuedAt: now, now })
      : { kind: "retry", at: now, why: "no time" };
    if (outcome.kind !== "done") await handOver(deps, work, outcome);
  }
}

/** To the store's own queue. What is given up is tried once more there, and then kept with the reason for a person to see. */
async function handOver({ queue, clock }: GateDeps, work: DueWork, outcome: Exclude<WorkOutcome, { kind: "done" }>): Promise<void> {
  const now = clock.now();
  await queue.put([{ ...work, notBefore: outcome.kind === "retry" ? outcome.at : now }], now);
}

function messagesOf({ messages, besides }: Piece): readonly Message[] {
  return [...messages, ...besides];
}

function isForLater(piece: Piece, waitMs: number): boolean {
  return waitMs > LONGEST_MS || messagesOf(piece).some(({ receives }) => receives >= MOST_RECEIVES);
}

async function attempt(
  deps: GateDeps,
  { work, messages }: Piece,
  turn: Turn,
  follow: NonNullable<Attempt["follow"]>,
): Promise<WorkOutcome> {
  const queuedAt = instant(Math.min(...messages.map(({ sentAt }) => sentAt)));
  for (let tries = 1; ; tries++) {
    const now = deps.clock.now();
    const outcome = await doWork(deps, work, { queuedAt, now, follow });
    const waitMs = outcome.kind === "retry" ? outcome.at - deps.clock.now() : Number.POSITIVE_INFINITY;
    if (waitMs > WAITED_OUT_MS || tries === MOST_TRIES || !turn.canBegin()) return outcome;
    await wait(Math.max(0, waitMs) + Math.random() * 50);
  }
}
