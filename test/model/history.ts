import type { BrakeLimits } from "../../shared/domain/brake.ts";
import { parseImageKey } from "../../shared/domain/image-ref.ts";
import type { Dialect } from "../fakes/memory-registry.ts";
import { type Random, randomOf } from "../fuzz/random.ts";
import { checkAtRest, checkReleased } from "./check.ts";
import { type Move, movesOf, rulesOf } from "./move.ts";
import { closeWorld, openWorld } from "./open.ts";
import { resume } from "./operator-acts.ts";
import { play, postLate, readFeeds, work } from "./play.ts";
import { ASKS_NOTHING } from "./policy.ts";
import type { Setup } from "./setup.ts";
import { openTruth } from "./truth.ts";
import { begin, changePolicy, drain, type World } from "./world.ts";

const DIALECTS: readonly [Dialect, ...Dialect[]] = [
  { name: "a registry of the specification", hasReferrersApi: true, mountsBlobs: true, keepsChildren: false, deletesTags: true },
  { name: "a registry like distribution 2.8", hasReferrersApi: false, mountsBlobs: true, keepsChildren: false, deletesTags: false },
  { name: "a strict registry", hasReferrersApi: true, mountsBlobs: false, keepsChildren: true, deletesTags: true },
];

/** One case: how the world is, and what happens in it. */
export interface History {
  readonly seed: number;
  readonly number: number;
  readonly setup: Setup;
  readonly moves: readonly Move[];
}

export function historyOf(seed: number, number: number): History {
  const random = randomOf(seed, "history", number);
  const known = { knowsAttacks: random.isOneIn(4), knowsUse: random.isOneIn(3) };
  const setup: Setup = {
    ...known,
    isAttacked: known.knowsAttacks && random.isOneIn(3),
    dialect: random.pick(DIALECTS),
    workers: random.pick([1, 2, 4]),
    isNameless: random.isOneIn(3),
    isOnDisk: random.isOneIn(6),
    brake: random.isOneIn(4) ? brakeOf(random) : "off",
    rules: rulesOf(random, known),
  };
  return { seed, number, setup, moves: movesOf(random, known) };
}

function brakeOf(random: Random): BrakeLimits {
  return {
    images: 1 + random.below(3),
    perHour: 1 + random.below(4),
    ofRepository: 50,
    lastTag: random.isOneIn(2),
    lastCompliant: random.isOneIn(3),
    pulledWithin: "off",
    protected: [],
  };
}

/** Plays a history to its end. @returns what is wrong then; nothing where all is well */
export async function runHistory({ seed, number, setup, moves }: History): Promise<readonly string[]> {
  const world = await openWorld(setup, randomOf(seed, "order", number));
  const truth = openTruth();
  try {
    for (const move of moves) await play(world, truth, move);
    await settle(world);
    const atRest = await checkAtRest(world, truth);
    if (atRest.length > 0) return atRest;
    const still = await checkStill(world);
    if (still.length > 0) return still;
    await releaseAll(world);
    return (await checkReleased(world, truth)).map((finding) => `when all is released: ${finding}`);
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  } finally {
    await closeWorld(world);
  }
}

/** Every event has come or is lost, the registry is well, sweeps have been made, and time enough has passed for what is tried again. */
async function settle(world: World): Promise<void> {
  world.faults.left = 0;
  await drain(world, work);
  postLate(world, true);
  resume(world);
  readFeeds(world);
  await rest(world);
  for (let times = 0; times < 2; times += 1) {
    begin(world, "the last sweep", async (gate) => void (await gate.operator.sweep()));
    await rest(world);
    // Longer than what could not be asked for is left alone.
    world.clock.forward(31 * 60_000);
    await rest(world);
  }
}

/** Soon: a lease that a dead process held, a second try, an image that waits for its index. */
const SOON_MS = 30_000;

async function rest(world: World): Promise<void> {
  const { clock, store } = world;
  const until = clock.now() + SOON_MS;
  await drain(world, work);
  for (let next = await store.queue.nextAt(); next !== undefined && next <= until; next = await store.queue.nextAt()) {
    clock.forward(Math.max(1, next - clock.now()));
    await drain(world, work);
  }
}

/** At rest a sweep finds nothing to do. */
async function checkStill(world: World): Promise<readonly string[]> {
  const count = async (): Promise<number> => (await world.store.ledger.journal(0, 100_000)).length;
  const before = await count();
  begin(world, "one more sweep", async (gate) => void (await gate.operator.sweep()));
  await rest(world);
  const after = await world.store.ledger.journal(before, 100);
  // The time of a deletion may have come meanwhile, which a sweep looks after.
  const found = after.filter(({ event }) => event.kind !== "acted" || event.action.verb !== "delete");
  return found.map(({ event }) => `at rest a sweep finds something to do: ${event.kind} ${JSON.stringify(event).slice(0, 300)}`);
}

/** Nothing is asked of images any more, and nobody wants one held. */
async function releaseAll(world: World): Promise<void> {
  changePolicy(world, ASKS_NOTHING, "the last policy");
  await rest(world);
  const { items } = await world.store.ledger.images({ limit: 500, held: true });
  for (const { key } of items) {
    begin(world, "a last release", async ({ operator }) => {
      await operator.release({
        image: parseImageKey(`${key.registry}/${key.repository}@${key.digest}`),
        actor: { name: "operator", reason: "the end" },
      });
    });
  }
  await rest(world);
  begin(world, "the very last sweep", async (gate) => void (await gate.operator.sweep()));
  await rest(world);
}
