import { openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { seeded } from "./chance.ts";
import { type Judgement, judgeAll } from "./check.ts";
import { type Counted, countCalls } from "./counts.ts";
import { CALM, openWeather, STORM, type Weather } from "./faults.ts";
import type { Functions } from "./functions.ts";
import { messagesIn } from "./moto.ts";
import type { StoryPlan } from "./plan.ts";
import { pushAll } from "./pushing.ts";
import { comeToRest } from "./rest.ts";
import { keepSchedule } from "./schedule.ts";
import { type AwsWorld, openWorld } from "./world.ts";

export interface StoryFigures {
  readonly pushes: number;
  readonly seconds: number;
  readonly pushSeconds: number;
  /** Pushes of a held image, which bring it back. */
  readonly pushedAgain: number;
  readonly events: { readonly told: number; readonly lost: number; readonly duplicated: number; readonly delayed: number };
  /** Images of which no event arrived. */
  readonly untold: number;
  readonly kills: Readonly<Record<string, number>>;
  /** Calls that did not answer in the time that they had. */
  readonly timeouts: Readonly<Record<string, number>>;
  readonly faults: Weather["counts"] & { readonly siemRefused: number; readonly siemLost: number };
  readonly givenUp: number;
  readonly siemDuplicates: number;
  readonly restedInTime: boolean;
  readonly judgement: Judgement;
  readonly calls: Counted;
  readonly complaints: Readonly<Record<string, number>>;
}

const IMAGES_OF_REPOSITORY = 100;

/** All of it, from an empty registry to the judgement. */
export async function tellStory(plan: StoryPlan): Promise<StoryFigures> {
  const { pushes, seed = 1, atOnce = 2, isCalm = false, report = () => {} } = plan;
  const random = seeded(seed);
  const weather = openWeather(isCalm ? CALM : STORM, random);
  const startedAt = performance.now();
  const repositories = Math.max(5, Math.ceil(pushes / IMAGES_OF_REPOSITORY));
  const world = await openWorld({ repositories, atOnce, weather, random });
  const watching = setInterval(() => void tellProgress(world, weather, report), PROGRESS_MS);
  try {
    const counting = countCalls(world);
    const schedule = keepSchedule(world, pushes, isCalm);
    report(`open after ${seconds(startedAt)} s`);
    const pushStartedAt = performance.now();
    const { pushed, untold, pushedAgain } = await pushAll(world, plan, report);
    const pushSeconds = seconds(pushStartedAt);
    report(`pushed after ${seconds(startedAt)} s`);
    const store = openDynamoStore({ place: world.place, signHead: refuse });
    try {
      const restedInTime = await comeToRest(world, store, { weather, schedule, report }, plan);
      await schedule.stop();
      const calls = counting.end(pushed.length);
      report(`at rest after ${seconds(startedAt)} s`);
      const judgement = await judgeAll(
        { store, registry: world.aws.registry(), siem: world.siem.kept, publicKey: world.publicKey },
        pushed,
      );
      const figures = {
        pushes: pushed.length,
        seconds: seconds(startedAt),
        pushSeconds,
        pushedAgain,
        untold: untold.size,
        restedInTime,
        judgement,
        calls,
      };
      return { ...figures, ...(await tally(world, weather)) };
    } finally {
      await store.close();
    }
  } finally {
    clearInterval(watching);
    await world.stop();
  }
}

const PROGRESS_MS = 20_000;

async function tellProgress(
  { moto, queue, bus, events, functions, siem }: AwsWorld,
  { counts }: Weather,
  report: (line: string) => void,
): Promise<void> {
  const calls = Object.entries(functions).map(([name, { counts: of }]) => `${name} ${of.calls} (${of.failed} failed, ${of.killed} killed)`);
  const waiting = await messagesIn(moto.sqs, queue.url).catch(() => "?");
  report(
    `${events.requests.messages} messages received, ${waiting} in the queue, ${bus.waiting()} on the bus; ${calls.join(", ")}; ${JSON.stringify(counts)}; ${siem.kept.size} events at the SIEM`,
  );
}

/** Whoever reads beside the gate numbers nothing. */
function refuse(): never {
  throw new Error("something was left to be numbered");
}

async function tally({ moto, queue, bus, functions, siem, stream }: AwsWorld, weather: Weather) {
  const complaints: Record<string, number> = {};
  for (const line of Object.values(functions).flatMap((each) => each.complaints)) {
    const what = messageOf(line);
    complaints[what] = (complaints[what] ?? 0) + 1;
  }
  const copies = [...siem.kept.values()].reduce((sum, times) => sum + times - 1, 0);
  return {
    events: bus.counts,
    kills: countsOf(functions, "killed"),
    timeouts: countsOf(functions, "timeouts"),
    faults: { ...weather.counts, siemRefused: siem.counts.refused, siemLost: siem.counts.lost },
    givenUp: (await messagesIn(moto.sqs, queue.givenUp)) + stream.counts.givenUp,
    siemDuplicates: copies,
    complaints,
  };
}

function countsOf(functions: Functions, what: "killed" | "timeouts"): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(functions).map(([name, { counts }]) => [name, counts[what]]));
}

function messageOf(line: string): string {
  try {
    const { msg, why } = JSON.parse(line) as { readonly msg?: string; readonly why?: string };
    return `${msg ?? line} ${(why ?? "").replaceAll(/sha256:[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, "#").slice(0, 160)}`.trim();
  } catch {
    return line.slice(0, 160);
  }
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10;
}
