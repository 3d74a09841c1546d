import { setTimeout as wait } from "node:timers/promises";
import { digestOf } from "../fakes/aws/acts/push.ts";
import { seeded } from "./chance.ts";
import type { Pushed } from "./check.ts";
import { type Disturbed, openDisturber } from "./disturbing.ts";
import { type Fate, fateOf } from "./fates.ts";
import { type Planned, planImage } from "./images.ts";
import { visibleIn } from "./moto.ts";
import type { StoryPlan } from "./plan.ts";
import type { AwsWorld } from "./world.ts";

/** Messages that wait, before the next image is pushed: the queue takes any number, but moto looks at each of them for each that it gives out. */
const MOST_WAITING = 60;
const LOOK_EVERY = 5;
/** The first ones early, for it takes long until they are given up. */
const POISON_AT = [3, 6, 9];
const POISON_EVERY = 100;
/** In fewer images there are none that need minutes. */
const MANY = 500;
/** So long after the last push is something held that is to be disturbed. */
const HELD_MS = 120_000;

export interface PushedAll {
  readonly pushed: readonly Pushed[];
  /** Images of which no event arrives. */
  readonly untold: ReadonlySet<string>;
  readonly disturbed: Disturbed;
}

export async function pushAll(world: AwsWorld, plan: StoryPlan, progress: { pushed: number }): Promise<PushedAll> {
  const { pushes, isCalm = false, pushForMs = Number.POSITIVE_INFINITY } = plan;
  // The gate makes others later, for what it holds.
  const repositories = world.aws.registry().state.repositories.size;
  const pushed: Pushed[] = [];
  const untold = new Set<string>();
  const disturber = openDisturber(world.aws, untold);
  const until = performance.now() + pushForMs;
  const fates = fatesOf(plan);
  for (let number = 0; number < pushes && performance.now() < until; number++) {
    const fate = fates(number);
    const image = await pushOne(world, planImage(number, repositories, fate.kind), fate);
    pushed.push(image);
    progress.pushed = pushed.length;
    if (fate.isUntold) untold.add(image.digest);
    await disturber.disturb(pushed, fate);
    if (!isCalm && isPoisoned(number)) await world.poison.put();
    if (number % LOOK_EVERY === LOOK_EVERY - 1) await workedOff(world);
  }
  const heldUntil = performance.now() + HELD_MS;
  while ((await disturber.catchUp(pushed)) > 0 && performance.now() < heldUntil) await settled(world.aws);
  disturber.stop();
  return { pushed, untold, disturbed: disturber.counts };
}

/** Drawn in a row of its own: what happens to an image does not hang on how long things take. Images that need minutes come first. */
function fatesOf({ pushes, seed = 1, clean = 0, isCalm = false }: StoryPlan): (number: number) => Fate {
  const random = seeded(seed);
  return (number) => {
    const isEarly = number < pushes / 2;
    return fateOf(random, { clean: isEarly ? clean : 0, hasEmpty: isEarly && pushes >= MANY }, isCalm);
  };
}

function isPoisoned(number: number): boolean {
  return POISON_AT.includes(number) || number % POISON_EVERY === POISON_EVERY / 2;
}

async function pushOne({ aws, bus }: AwsWorld, image: Planned, fate: Fate): Promise<Pushed> {
  const digest = digestOf(JSON.stringify(image.manifest));
  if (fate.isUntold) bus.lose(digest);
  else if (fate.isLate) bus.delayPush(digest);
  aws.controls.scanForMs = fate.scanForMs;
  aws.controls.emptyFindingsLooks = fate.emptyLooks;
  await aws.registry().put(image.repository, image.manifest, image.tag);
  return { ...image, digest };
}

async function workedOff({ aws, bus, moto, queue }: AwsWorld): Promise<void> {
  while ((await visibleIn(moto.sqs, queue.url)) + bus.waiting() > MOST_WAITING) await settled(aws);
}

/** Time passes at the registry, too: scans end. */
export async function settled(aws: AwsWorld["aws"]): Promise<void> {
  await wait(300);
  await aws.forward(0);
}
