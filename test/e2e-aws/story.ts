import { openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import type { BusPlan } from "./bus.ts";
import { type Judgement, judgeAll } from "./check.ts";
import { type Counted, countCalls } from "./counts.ts";
import type { Disturbed } from "./disturbing.ts";
import { CALM, openWeather, STORM, type Weather } from "./faults.ts";
import type { StoryPlan } from "./plan.ts";
import type { PoisonFindings } from "./poison.ts";
import { watchProgress } from "./progress.ts";
import { pushAll } from "./pushing.ts";
import { comeToRest } from "./rest.ts";
import { keepSchedule } from "./schedule.ts";
import type { Siem } from "./siem.ts";
import type { StreamCounts } from "./stream-source.ts";
import { type FunctionFigures, tally } from "./tally.ts";
import { openWorld } from "./world.ts";

export interface StoryFigures {
  readonly pushes: number;
  readonly seed: number;
  readonly seconds: number;
  readonly pushSeconds: number;
  /** From the first push until all had come to rest. */
  readonly pushesPerSecond: number;
  readonly disturbed: Disturbed;
  readonly events: { readonly told: number; readonly lost: number; readonly duplicated: number; readonly delayed: number };
  /** Images of which no event arrived. */
  readonly untold: number;
  /** Runs that the brake stopped, and a person let go on. */
  readonly approved: number;
  readonly functions: Readonly<Record<string, FunctionFigures>>;
  /** Why calls of functions failed that were neither killed nor too slow. */
  readonly failures: Readonly<Record<string, number>>;
  readonly faults: Weather["counts"];
  readonly siem: Siem["counts"] & { readonly duplicates: number };
  readonly stream: StreamCounts;
  readonly poison: PoisonFindings;
  readonly restedInTime: boolean;
  readonly judgement: Judgement;
  readonly calls: Counted;
  readonly complaints: Readonly<Record<string, number>>;
  readonly cpuSeconds: Readonly<Record<string, number>>;
}

/** A hold asks for each tag of its repository: many images in one would measure that. */
const IMAGES_OF_REPOSITORY = 12;
/** Of a hundred batches of the stream. */
const DOUBLED = 30;
/** The more is pushed, the later an event may come: minutes, in the end. */
const [LATE_MS_PER_PUSH, LEAST_LATE_MS, MOST_LATE_MS] = [30, 5_000, 180_000];

/** All of it, from an empty registry to the judgement. */
export async function tellStory(plan: StoryPlan): Promise<StoryFigures> {
  const { pushes, seed = 1, atOnce = 2, isCalm = false, report = () => {} } = plan;
  const weather = openWeather(isCalm ? CALM : STORM, seed);
  const startedAt = performance.now();
  const repositories = Math.max(5, Math.ceil(pushes / IMAGES_OF_REPOSITORY));
  const world = await openWorld({ repositories, atOnce, weather, isCalm, bus: busPlan(plan), doubled: isCalm ? 0 : DOUBLED });
  plan.signal?.addEventListener("abort", () => void world.stop());
  const progress = watchProgress(world, weather, report);
  try {
    const counting = countCalls(world);
    const schedule = keepSchedule(world, pushes, isCalm);
    report(`open after ${seconds(startedAt)} s`);
    const pushStartedAt = performance.now();
    const { pushed, untold, disturbed } = await pushAll(world, plan, progress);
    const pushSeconds = seconds(pushStartedAt);
    report(`pushed after ${seconds(startedAt)} s`);
    const store = openDynamoStore({ place: world.place, signHead: refuse });
    try {
      const { isInTime: restedInTime, approved } = await comeToRest(world, store, { weather, schedule, report }, plan);
      await schedule.stop();
      const calls = counting.end(pushed.length);
      const pushesPerSecond = Math.round((pushed.length / seconds(pushStartedAt)) * 100) / 100;
      report(`at rest after ${seconds(startedAt)} s`);
      const { siem, cut, publicKey, aws } = world;
      const judgement = await judgeAll({ store, registry: aws.registry(), siem: siem.kept, publicKey, cut }, pushed);
      const figures = { pushes: pushed.length, seed, seconds: seconds(startedAt), pushSeconds, pushesPerSecond, disturbed };
      return { ...figures, untold: untold.size, approved, restedInTime, judgement, calls, ...(await tally(world, weather)) };
    } finally {
      await store.close();
    }
  } finally {
    progress.stop();
    await world.stop();
  }
}

function busPlan({ pushes, seed = 1, isCalm = false }: StoryPlan): BusPlan {
  if (isCalm) return { seed, duplicates: 0, lost: 0, late: 0, lateMs: 0 };
  const lateMs = Math.min(MOST_LATE_MS, Math.max(LEAST_LATE_MS, pushes * LATE_MS_PER_PUSH));
  return { seed, duplicates: 5, lost: 1, late: 3, lateMs };
}

/** Whoever reads beside the gate numbers nothing. */
function refuse(): never {
  throw new Error("something was left to be numbered");
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10;
}
