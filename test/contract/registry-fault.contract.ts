import { afterAll, beforeAll, expect, test } from "vitest";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { pushSigned } from "../fakes/pusher.ts";
import type { Around } from "../fakes/served-registry.ts";
import {
  type Act,
  MANY_ACTS_MS,
  perform,
  planHold,
  pushFamily,
  renamed,
  situation,
  stateOf,
  strengthAfter,
  untilDone,
  verbsOf,
} from "./hold-situation.ts";
import { openWorld, type RegistryRow, type World } from "./registry-row.ts";

const VERBS = ["hold", "release"] as const;

/** Killed after any change that it made, an act done again ends where it would have. */
export function registryKillContract(row: RegistryRow): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(row);
  });
  afterAll(() => world.served.close());

  test.each(VERBS)("a %s that is cut off after any change is finished by the next run", { timeout: MANY_ACTS_MS }, async (verb) => {
    const { index } = await pushFamily(world, `cut-${verb}/free`);
    const plan = await planHold(world, `cut-${verb}/free`, index);
    await world.served.clone(`cut-${verb}/free`, `cut-${verb}/held`);
    await untilDone(world, renamed("hold", plan, `cut-${verb}/held`));
    const uncut = await situation(world, verb, plan, "whole");
    const all = await countCalls(world, isChange, () => untilDone(world, uncut));
    const end = await stateOf(world, uncut.image.repository);
    expect(all).toBeGreaterThan(1);
    for (let most = 0; most < all; most += row.stride) {
      const action = await situation(world, verb, plan, `cut${most}`);
      await dieAfter(world, most, action);
      await untilDone(world, action);
      expect(await stateOf(world, action.image.repository), `cut off after ${most} of ${all} changes`).toEqual(end);
    }
  });
}

/** Each call to the registry fails once, is refused for a while, or its answer is lost. */
export function registryFaultContract(row: RegistryRow): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(row);
  });
  afterAll(() => world.served.close());

  test.each(verbsOf(row))(
    "a %s goes on after any one call that fails, is refused for a while, or whose answer is lost",
    { timeout: MANY_ACTS_MS },
    async (verb) => {
      const { image } = await pushSigned(world.served, `fault-${verb}/free`, "x", "1.0");
      const plan = await planHold(world, `fault-${verb}/free`, image);
      await world.served.clone(`fault-${verb}/free`, `fault-${verb}/held`);
      await untilDone(world, renamed("hold", plan, `fault-${verb}/held`));
      const uncut = await situation(world, verb, plan, "whole");
      const all = await countCalls(
        world,
        () => true,
        () => untilDone(world, uncut),
      );
      const end = await stateOf(world, uncut.image.repository);
      for (let at = 0; at < all; at += faultStride(row)) {
        const fault = FAULTS[at % FAULTS.length] ?? lost;
        const action = await situation(world, verb, plan, `fault${at}`);
        await withFault(world, at, fault, () => perform(world.registry, action));
        const { strength } = await untilDone(world, action);
        expect(await stateOf(world, action.image.repository), `call ${at} of ${all}`).toEqual(end);
        expect(strength).toBe(strengthAfter(world, verb));
      }
    },
  );
}

/** Some calls, each with one of the three faults; the fault suite has all calls and all faults. */
function faultStride({ vendor, serve, product }: RegistryRow): number {
  return vendor === undefined && serve === undefined && product === undefined ? 10 : 2;
}

const isChange = ({ method }: Request): boolean => method !== "GET" && method !== "HEAD";
const whole: Around = (request, registry) => registry(request);

async function countCalls(world: World, counts: (request: Request) => boolean, work: () => Promise<unknown>): Promise<number> {
  let calls = 0;
  world.fault = (request, registry) => {
    if (counts(request)) calls += 1;
    return registry(request);
  };
  await work();
  world.fault = whole;
  return calls;
}

/** The process dies after so many changes: none of its calls comes through any more, and what the last one did nobody tells. */
async function dieAfter(world: World, most: number, action: Act): Promise<void> {
  let changes = 0;
  world.fault = async (request, registry) => {
    if (changes === most) return Response.json({ errors: [{ code: "UNAVAILABLE" }] }, { status: 503 });
    if (isChange(request)) changes += 1;
    return registry(request);
  };
  await untilDone(world, action).catch(expectPassing);
  world.fault = whole;
}

const busy: Around = async () => Response.json({ errors: [{ code: "TOOMANYREQUESTS" }] }, { status: 429, headers: { "retry-after": "1" } });
const broken: Around = async () => new Response("oops", { status: 500 });
const lost: Around = async (request, registry) => {
  await registry(request);
  return new Response("no answer in time", { status: 504 });
};
const FAULTS = [busy, broken, lost];

async function withFault(world: World, at: number, fault: Around, work: () => Promise<unknown>): Promise<void> {
  let calls = 0;
  world.fault = (request, registry) => {
    calls += 1;
    return calls - 1 === at ? fault(request, registry) : registry(request);
  };
  await work().catch(expectPassing);
  world.fault = whole;
}

function expectPassing(error: unknown): void {
  if (!(error instanceof AdapterError) || !error.retryable) throw error;
}
