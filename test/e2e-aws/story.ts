import { setTimeout as wait } from "node:timers/promises";
import type { Store } from "../../shared/ports/store.ts";
import { openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { digestOf } from "../fakes/aws/acts/push.ts";
import { seeded } from "./chance.ts";
import { type Judgement, judgeAll, type Pushed } from "./check.ts";
import { type Counted, countCalls } from "./counts.ts";
import { CALM, openWeather, type Rates, STORM, type Weather } from "./faults.ts";
import { type Kind, planImage } from "./images.ts";
import { messagesIn } from "./moto.ts";
import { type AwsWorld, openWorld } from "./world.ts";

export interface StoryPlan {
  readonly pushes: number;
  readonly seed?: number;
  readonly atOnce?: number;
  readonly isCalm?: boolean;
  /** Of a hundred images, those in which nothing is found: they are judged some minutes later. */
  readonly clean?: number;
  /** Nothing is pushed any more after so many milliseconds. */
  readonly pushForMs?: number;
  /** How long what was pushed may take to come to rest. */
  readonly restMs: number;
  readonly report?: (line: string) => void;
}

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
  readonly faults: Weather["counts"] & { readonly siemRefused: number; readonly siemLost: number };
  readonly givenUp: number;
  readonly siemDuplicates: number;
  readonly restedInTime: boolean;
  readonly judgement: Judgement;
  readonly calls: Counted;
  readonly complaints: Readonly<Record<string, number>>;
}

/** Of a hundred. */
const [VIOLATING, UNTOLD, LATE, SCANNED_AT_ONCE, AGAIN] = [30, 4, 5, 15, 4];
const SCAN_MS = 1_500;
/** Messages that wait, before the next image is pushed: the queue takes any number, but the test is to end. */
const MOST_WAITING = 80;
const IMAGES_OF_REPOSITORY = 100;
const REPORT_EVERY = 100;

export async function tellStory(plan: StoryPlan): Promise<StoryFigures> {
  const { pushes, seed = 1, atOnce = 2, isCalm = false, report = () => {} } = plan;
  const rates: Rates = isCalm ? CALM : STORM;
  const random = seeded(seed);
  const weather = openWeather(rates, random);
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

interface PushedAll {
  readonly pushed: readonly Pushed[];
  readonly untold: ReadonlySet<string>;
  readonly pushedAgain: number;
}

async function pushAll(
  { aws, bus, moto, queue }: AwsWorld,
  { pushes, seed = 1, isCalm = false, clean = 0, pushForMs = Number.POSITIVE_INFINITY }: StoryPlan,
  report: (line: string) => void,
): Promise<PushedAll> {
  const registry = aws.registry();
  const repositories = registry.state.repositories.size;
  const pushed: Pushed[] = [];
  const untold = new Set<string>();
  const until = performance.now() + pushForMs;
  // Numbers of its own: what happens to an image does not hang on how long things take.
  const random = seeded(seed);
  let pushedAgain = 0;
  for (let number = 0; number < pushes && performance.now() < until; number++) {
    const fate = fateOf(random, isCalm, number < pushes / 2 ? clean : 0);
    const image = planImage(number, repositories, fate.kind);
    const digest = digestOf(JSON.stringify(image.manifest));
    if (fate.isUntold) {
      untold.add(digest);
      bus.lose(digest);
    } else if (fate.isLate) bus.delayPush(digest);
    aws.controls.scanForMs = fate.scanForMs;
    await registry.put(image.repository, image.manifest, image.tag);
    pushed.push({ ...image, digest });
    if (fate.isAgain && (await pushHeldAgain(aws, pushed))) pushedAgain += 1;
    if (number % 10 === 9) while ((await messagesIn(moto.sqs, queue.url)) + bus.waiting() > MOST_WAITING) await settled(aws);
    if (number % REPORT_EVERY === REPORT_EVERY - 1) report(`${number + 1} of ${pushes} pushed`);
  }
  return { pushed, untold, pushedAgain };
}

/** Images in which nothing is found need minutes, and come first. */
function fateOf(random: () => number, isCalm: boolean, clean: number) {
  const happens = (percent: number): boolean => random() * 100 < percent;
  const [isViolating, isClean] = [happens(VIOLATING), happens(clean)];
  const [isUntold, isLate, isScannedAtOnce, isAgain] = [happens(UNTOLD), happens(LATE), happens(SCANNED_AT_ONCE), happens(AGAIN)];
  const kind: Kind = isViolating ? "violating" : isClean ? "clean" : "compliant";
  if (isCalm) return { kind, isUntold: false, isLate: false, isAgain: false, scanForMs: SCAN_MS };
  return { kind, isUntold, isLate, isAgain, scanForMs: isScannedAtOnce ? 0 : SCAN_MS };
}

/** Time passes at the registry, too: scans end. */
async function settled(aws: AwsWorld["aws"]): Promise<void> {
  await wait(200);
  await aws.forward(0);
}

/** The youngest that is held. */
async function pushHeldAgain(aws: AwsWorld["aws"], pushed: readonly Pushed[]): Promise<boolean> {
  const registry = aws.registry();
  const isHeld = ({ repository, digest }: Pushed): boolean =>
    registry.state.repositories.get(repository)?.images.get(digest)?.status === "ARCHIVED";
  const image = pushed.findLast(isHeld);
  if (image === undefined) return false;
  await registry.put(image.repository, image.manifest, image.tag);
  return true;
}

interface Schedule {
  /** Runs a task now, and waits for it, however often it has to be asked. */
  insist(task: string): Promise<void>;
  stop(): Promise<void>;
}

const EVERY_MS = { queue: 2_000, runs: 15_000, emergencies: 15_000, sweep: 60_000, forward: 4_000 } as const;
/** A sweep looks at every image: in a large registry it comes more rarely. */
const SWEEP_MS_PER_IMAGE = 20;

/** EventBridge Scheduler with a clock that runs faster than deployed. */
function keepSchedule({ functions }: AwsWorld, pushes: number, isCalm: boolean): Schedule {
  const state = { isOver: false };
  const call = async (task: string): Promise<boolean> => {
    const [target, input] =
      task === "forward" ? ([functions["forward-audit"], {}] as const) : ([functions["on-schedule"], { task }] as const);
    return target.invoke(input).then(
      () => true,
      () => false,
    );
  };
  // Where nothing is lost, what a push costs is counted without what a sweep costs.
  const tasks = Object.entries(EVERY_MS).filter(([task]) => !isCalm || task !== "sweep");
  const running = tasks.map(async ([task, everyMs]) => {
    const pauseMs = task === "sweep" ? Math.max(everyMs, pushes * SWEEP_MS_PER_IMAGE) : everyMs;
    for (let next = performance.now() + pauseMs; !state.isOver; await wait(200)) {
      if (performance.now() < next) continue;
      await call(task);
      next = performance.now() + pauseMs;
    }
  });
  return {
    async insist(task) {
      while (!(await call(task))) await wait(500);
    },
    async stop() {
      state.isOver = true;
      await Promise.all(running);
    },
  };
}

const QUIET_LOOKS = 3;

interface Course {
  readonly weather: Weather;
  readonly schedule: Schedule;
  readonly report: (line: string) => void;
}

/** First with all that goes wrong, and a sweep; then the weather clears, and another sweep has to find nothing new. */
async function comeToRest(
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

async function tally({ moto, queue, bus, functions, siem, stream }: AwsWorld, weather: Weather) {
  const complaints: Record<string, number> = {};
  for (const line of Object.values(functions).flatMap((each) => each.complaints)) {
    const what = messageOf(line);
    complaints[what] = (complaints[what] ?? 0) + 1;
  }
  const copies = [...siem.kept.values()].reduce((sum, times) => sum + times - 1, 0);
  return {
    events: bus.counts,
    kills: Object.fromEntries(Object.entries(functions).map(([name, { counts }]) => [name, counts.killed])),
    faults: { ...weather.counts, siemRefused: siem.counts.refused, siemLost: siem.counts.lost },
    givenUp: (await messagesIn(moto.sqs, queue.givenUp)) + stream.counts.givenUp,
    siemDuplicates: copies,
    complaints,
  };
}

function messageOf(line: string): string {
  try {
    const { msg, why } = JSON.parse(line) as { readonly msg?: string; readonly why?: string };
    return `${msg ?? line} ${(why ?? "").replaceAll(/sha256:[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, "#").slice(0, 160)}`.trim();
  } catch {
    return line.slice(0, 160);
  }
}

export function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10;
}
