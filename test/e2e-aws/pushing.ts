import { setTimeout as wait } from "node:timers/promises";
import { digestOf } from "../fakes/aws/acts/push.ts";
import { seeded } from "./chance.ts";
import type { Pushed } from "./check.ts";
import { type Kind, type Planned, planImage } from "./images.ts";
import { messagesIn } from "./moto.ts";
import type { StoryPlan } from "./plan.ts";
import type { AwsWorld } from "./world.ts";

/** Of a hundred. */
const [VIOLATING, UNTOLD, LATE, SCANNED_AT_ONCE, AGAIN] = [30, 4, 5, 15, 4];
const SCAN_MS = 1_500;
/** Messages that wait, before the next image is pushed: the queue takes any number, but the test is to end. */
const MOST_WAITING = 80;
const REPORT_EVERY = 100;

export interface PushedAll {
  readonly pushed: readonly Pushed[];
  readonly untold: ReadonlySet<string>;
  readonly pushedAgain: number;
}

export async function pushAll(world: AwsWorld, plan: StoryPlan, report: (line: string) => void): Promise<PushedAll> {
  const { pushes, clean = 0, pushForMs = Number.POSITIVE_INFINITY } = plan;
  // The gate makes others later, for what it holds.
  const repositories = world.aws.registry().state.repositories.size;
  const pushed: Pushed[] = [];
  const untold = new Set<string>();
  const until = performance.now() + pushForMs;
  // Numbers of its own: what happens to an image does not hang on how long things take.
  const random = seeded(plan.seed ?? 1);
  let pushedAgain = 0;
  for (let number = 0; number < pushes && performance.now() < until; number++) {
    const fate = fateOf(random, plan.isCalm === true, number < pushes / 2 ? clean : 0);
    const image = await pushOne(world, planImage(number, repositories, fate.kind), fate);
    pushed.push(image);
    if (fate.isUntold) untold.add(image.digest);
    if (fate.isAgain && (await pushHeldAgain(world.aws, pushed))) pushedAgain += 1;
    if (number % 10 === 9) await workedOff(world);
    if (number % REPORT_EVERY === REPORT_EVERY - 1) report(`${number + 1} of ${pushes} pushed`);
  }
  return { pushed, untold, pushedAgain };
}

async function pushOne({ aws, bus }: AwsWorld, image: Planned, fate: ReturnType<typeof fateOf>): Promise<Pushed> {
  const digest = digestOf(JSON.stringify(image.manifest));
  if (fate.isUntold) bus.lose(digest);
  else if (fate.isLate) bus.delayPush(digest);
  aws.controls.scanForMs = fate.scanForMs;
  await aws.registry().put(image.repository, image.manifest, image.tag);
  return { ...image, digest };
}

async function workedOff({ aws, bus, moto, queue }: AwsWorld): Promise<void> {
  while ((await messagesIn(moto.sqs, queue.url)) + bus.waiting() > MOST_WAITING) await settled(aws);
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

/** Time passes at the registry, too: scans end. */
export async function settled(aws: AwsWorld["aws"]): Promise<void> {
  await wait(200);
  await aws.forward(0);
}
