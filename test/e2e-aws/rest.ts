import { setTimeout as wait } from "node:timers/promises";
import type { Store } from "../../shared/ports/store.ts";
import type { Weather } from "./faults.ts";
import { messagesIn } from "./moto.ts";
import type { StoryPlan } from "./plan.ts";
import { settled } from "./pushing.ts";
import type { Schedule } from "./schedule.ts";
import type { AwsWorld } from "./world.ts";

const QUIET_LOOKS = 3;

interface Course {
  readonly weather: Weather;
  readonly schedule: Schedule;
  readonly report: (line: string) => void;
}

/** First with all that goes wrong, and a sweep; then the weather clears, and another sweep has to find nothing new. */
export async function comeToRest(
  world: AwsWorld,
  store: Store,
  { weather, schedule, report }: Course,
  { restMs, isCalm = false }: StoryPlan,
): Promise<boolean> {
  const until = performance.now() + restMs;
  const quiet = async (): Promise<boolean> => {
    let looks = 0;
    while (looks < QUIET_LOOKS && performance.now() < until) {
      await settled(world.aws);
      looks = (await isQuiet(world, store)) ? looks + 1 : 0;
    }
    return looks === QUIET_LOOKS;
  };
  let isAtRest = await quiet();
  report("what was told is worked off");
  for (const isClear of isCalm ? [] : [false, true]) {
    if (isClear) weather.clear();
    await schedule.insist("sweep");
    isAtRest = await quiet();
    report(`what a sweep found is worked off, ${isClear ? "with nothing" : "with all that goes"} wrong`);
  }
  await schedule.insist("forward");
  while (performance.now() < until && !(await isForwarded(store))) await wait(500);
  return isAtRest && (await isForwarded(store));
}

async function isQuiet({ moto, queue, bus, stream }: AwsWorld, { queue: jobs }: Store): Promise<boolean> {
  const { waiting, running } = await jobs.depth();
  return waiting + running + bus.waiting() + (await messagesIn(moto.sqs, queue.url)) === 0 && stream.isDrained();
}

async function isForwarded({ ledger, sinks }: Store): Promise<boolean> {
  const { cursor } = await sinks.sink("siem");
  const [last] = await ledger.recent({ limit: 1 });
  return last !== undefined && cursor >= last.sequence;
}
