import type { ImageRecord } from "../../shared/domain/image-record.ts";
import type { Store } from "../../shared/ports/store.ts";
import { approveStopped } from "./approving.ts";
import type { Weather } from "./faults.ts";
import { messagesIn } from "./moto.ts";
import type { StoryPlan } from "./plan.ts";
import { settled } from "./pushing.ts";
import type { Schedule } from "./schedule.ts";
import type { AwsWorld } from "./world.ts";

const QUIET_LOOKS = 3;
const TOLD_EVERY_MS = 20_000;
/** Findings that are not there yet when a scan is complete are asked for again after five minutes. */
const SOON_MS = 330_000;

interface Course {
  readonly weather: Weather;
  readonly schedule: Schedule;
  readonly report: (line: string) => void;
}

export interface Rest {
  /** Whether all came to rest in time. */
  readonly isInTime: boolean;
  /** Runs that the brake stopped, and a person let go on. */
  readonly approved: number;
}

/** First with all that goes wrong, and a sweep; then the weather clears, and another sweep has to find nothing new. */
export async function comeToRest(
  world: AwsWorld,
  store: Store,
  { weather, schedule, report }: Course,
  { restMs, isCalm = false }: StoryPlan,
): Promise<Rest> {
  const until = performance.now() + restMs;
  const quiet = async (): Promise<boolean> => {
    let looks = 0;
    let toldAt = performance.now();
    while (looks < QUIET_LOOKS && performance.now() < until) {
      await settled(world.aws);
      const unrest = await unrestOf(world, store);
      looks = unrest === undefined ? looks + 1 : 0;
      if (unrest === undefined || performance.now() < toldAt + TOLD_EVERY_MS) continue;
      toldAt = performance.now();
      report(`not at rest: ${unrest}`);
    }
    return looks === QUIET_LOOKS;
  };
  const untilIs = async (is: () => Promise<boolean>): Promise<void> => {
    while (performance.now() < until && !(await is())) await settled(world.aws);
  };
  // What is found before all events are there may still be told.
  world.aws.controls.scanForMs = 0;
  let [isAtRest, approved] = [await quiet(), 0];
  report("what was told is worked off");
  for (const isClear of isCalm ? [] : [false, true]) {
    if (isClear) weather.clear();
    await schedule.insist("sweep");
    while ([...(await store.sweeps.all()).values()].some(({ left }) => left !== undefined)) {
      await schedule.insist("sweep-rest");
      await settled(world.aws);
    }
    isAtRest = await quiet();
    for (let stopped = await approveStopped(world); stopped > 0; stopped = await approveStopped(world)) {
      approved += stopped;
      isAtRest = await quiet();
    }
    report(`what a sweep found is worked off, ${isClear ? "with nothing" : "with all that goes"} wrong`);
  }
  await untilIs(() => isJudged(store));
  if (!isCalm) await untilIs(world.poison.isThrough);
  await world.poison.mend();
  await schedule.insist("posture");
  await schedule.insist("forward");
  await untilIs(() => isForwarded(store));
  return { isInTime: isAtRest && (await isForwarded(store)), approved };
}

/** What is to be looked at once more in half an hour, whatever it was, is not waited for; where that leaves an image without a verdict, it is. */
async function isJudged({ ledger }: Store): Promise<boolean> {
  let after: string | undefined;
  do {
    const page = await ledger.images({ limit: 500, ...(after === undefined ? {} : { after }) });
    const isOpen = ({ verdict }: ImageRecord): boolean => verdict?.kind === "indeterminate" && verdict.recheckAt !== undefined;
    if (page.items.some(isOpen)) return false;
    after = page.next;
  } while (after !== undefined);
  return true;
}

/** What nobody can read comes again until it is given up; nothing waits for that. @returns `undefined` where all is quiet */
async function unrestOf({ moto, queue, bus, stream, poison }: AwsWorld, { queue: jobs }: Store): Promise<string | undefined> {
  const [{ waiting, running }, next] = [await jobs.depth(), await jobs.nextAt()];
  const isLater = running === 0 && (next === undefined || next > Date.now() + SOON_MS);
  const messages = (await messagesIn(moto.sqs, queue.url)) - (await poison.messagesLeft());
  if (isLater && bus.onTheWay() === 0 && messages <= 0 && stream.isDrained()) return undefined;
  const isDrained = stream.isDrained() ? "" : ", and the stream has more";
  return `${waiting} jobs wait, ${running} run, ${messages} messages are in the queue, ${bus.onTheWay()} events on the bus${isDrained}`;
}

async function isForwarded({ ledger, sinks }: Store): Promise<boolean> {
  const { cursor } = await sinks.sink("siem");
  const [last] = await ledger.recent({ limit: 1 });
  return last !== undefined && cursor >= last.sequence;
}
