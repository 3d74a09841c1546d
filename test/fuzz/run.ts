import { randomOf } from "./random.ts";
import type { Outcome, Target } from "./target.ts";

/** What a case may take: nobody holds up the gate with one signature. */
export const MOST_MILLISECONDS = 1000;
const MAX_TOLD = 20;
const TOLD_BYTES = 20_000;

/** A case that broke a rule, with what is needed to look at it. */
export interface Broken {
  readonly target: string;
  readonly index: number;
  readonly why: string;
  /** Base64 of what was judged. */
  readonly input: string;
}

/** Counts of one target; of several slices of it they can be added. */
export interface Tally {
  cases: number;
  milliseconds: number;
  slowest: { milliseconds: number; index: number };
  /** Refused, by code. */
  readonly refused: Record<string, number>;
  /** Damage that changed nothing at all. */
  unchanged: number;
  /** Accepted though it was changed, by what the change was. */
  readonly same: Record<string, number>;
  readonly broken: Broken[];
}

export function noTally(): Tally {
  return { cases: 0, milliseconds: 0, slowest: { milliseconds: 0, index: 0 }, refused: {}, unchanged: 0, same: {}, broken: [] };
}

export interface Slice {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  /** Told before each case. */
  readonly at?: (index: number) => void;
}

/** Runs some of the cases of a target. Each depends on the seed, the target and its number alone. */
export async function runSlice(target: Target, { seed, from, count, at }: Slice): Promise<Tally> {
  const tally = noTally();
  for (let index = from; index < from + count; index++) {
    at?.(index);
    await runCase(target, seed, index, tally);
  }
  return tally;
}

async function runCase(target: Target, seed: number, index: number, tally: Tally): Promise<void> {
  const random = randomOf(seed, target.id, index);
  const before = random.pick(target.seeds);
  let bytes = before;
  for (let changes = random.isOneIn(3) ? 1 + random.below(3) : 1; changes > 0; changes--)
    bytes = random.pick(target.damages)(bytes, random.pick(target.seeds), random);
  // Of this thread, not of the clock: what else the machine does says nothing about the gate.
  const started = process.threadCpuUsage();
  const outcome = await outcomeOf(target, bytes);
  const { user, system } = process.threadCpuUsage(started);
  const milliseconds = (user + system) / 1000;
  const violation = milliseconds > MOST_MILLISECONDS ? `took ${Math.round(milliseconds)} ms` : outcome.violation;
  count(
    tally,
    { ...outcome, ...(violation === undefined ? {} : { violation }) },
    target.seeds.some((each) => each.equals(bytes)),
  );
  tally.milliseconds += milliseconds;
  if (milliseconds > tally.slowest.milliseconds) tally.slowest = { milliseconds, index };
  if (violation !== undefined && tally.broken.length < MAX_TOLD)
    tally.broken.push({ target: target.id, index, why: violation, input: bytes.subarray(0, TOLD_BYTES).toString("base64") });
}

async function outcomeOf(target: Target, bytes: Buffer): Promise<Outcome> {
  try {
    return await target.judge(bytes);
  } catch (error) {
    return { code: "crash", violation: `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
  }
}

function count(tally: Tally, { code, same, violation }: Outcome, isSeed: boolean): void {
  tally.cases++;
  if (isSeed) tally.unchanged++;
  else if (same !== undefined) tally.same[same] = (tally.same[same] ?? 0) + 1;
  else tally.refused[violation === undefined ? code : "BROKEN"] = (tally.refused[violation === undefined ? code : "BROKEN"] ?? 0) + 1;
}

/** Adds the counts of a slice. */
export function add(sum: Tally, more: Tally): void {
  sum.cases += more.cases;
  sum.milliseconds += more.milliseconds;
  sum.unchanged += more.unchanged;
  if (more.slowest.milliseconds > sum.slowest.milliseconds) sum.slowest = more.slowest;
  for (const key of ["refused", "same"] as const)
    for (const [name, times] of Object.entries(more[key])) sum[key][name] = (sum[key][name] ?? 0) + times;
  sum.broken.push(...more.broken);
}
