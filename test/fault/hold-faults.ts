import { isDeepStrictEqual } from "node:util";
import { type RetagAction, reversed } from "../../shared/domain/action.ts";
import { parseTag } from "../../shared/domain/image-ref.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { ActResult, Registry } from "../../shared/ports/registry.ts";
import { type Act, perform, planHold, renamed, situation, stateOf, strengthAfter, untilDone, verbsOf } from "../contract/hold-situation.ts";
import { openWorld, type RegistryRow, type World } from "../contract/registry-row.ts";
import { pushImage, pushSigned } from "../fakes/pusher.ts";
import { type DoorCall, type Fate, openDoor, type RegistryDoor } from "../fakes/registry-door.ts";
import { retagOf } from "../fixtures/records.ts";

export const FAULTS = ["busy", "broken", "silent", "lost"] as const satisfies readonly Fate[];
/** How long a call waits for a registry that does not answer. */
const PATIENCE_MS = 250;

export interface FaultFigures {
  readonly row: string;
  /** Calls of each act where nothing goes wrong. */
  readonly calls: Readonly<Record<string, number>>;
  readonly cases: number;
  readonly seconds: number;
  readonly failures: readonly string[];
}

/** One act in a situation that can be had again as often as it is asked for. */
interface Trial {
  readonly name: string;
  prepare(copy: string): Promise<{ readonly repository: string; act(registry: Registry): Promise<ActResult> }>;
  /** What a whole act says. */
  isWhole(result: ActResult): boolean;
}

/** Meets every call of every act with every fault, or with one in turn where there is less time, and looks whether the next run ends where an undisturbed one does. */
export async function faultRow(row: RegistryRow, each: "fault" | "fault-in-turn" = "fault"): Promise<FaultFigures> {
  const startedAt = Date.now();
  const world = await openWorld(row);
  const door = await openDoors(world.endpoints);
  try {
    // What one learned in an earlier case, it would not ask for in the next.
    const hasty = (): Registry => world.openThrough(door.hosts, { timeoutMs: PATIENCE_MS });
    const trials = [...(await Promise.all(verbsOf(row).map((verb) => actTrial(world, verb)))), ...(await retagTrials(world))];
    const calls: Record<string, number> = {};
    const failures: string[] = [];
    let cases = 0;
    for (const trial of trials) {
      const { repository, act } = await trial.prepare("whole");
      const registry = hasty();
      calls[trial.name] = await countCalls(door, () => patiently(() => act(registry)));
      const end = await stateOf(world, repository);
      for (let at = 0; at < (calls[trial.name] ?? 0); at += 1) {
        for (const fault of each === "fault" ? FAULTS : FAULTS.slice(at % FAULTS.length).slice(0, 1)) {
          cases += 1;
          const wrong = await meet({ world, door, hasty, trial, end }, at, fault);
          if (wrong !== undefined) failures.push(`${row.name}: ${trial.name}, call ${at} ${fault}: ${wrong}`);
        }
      }
    }
    return { row: row.name, calls, cases, seconds: Math.round((Date.now() - startedAt) / 1000), failures };
  } finally {
    await door.close();
    await world.served.close();
  }
}

/** A door before each host, with one will. */
type Doors = Pick<RegistryDoor, "decide" | "close"> & { readonly hosts: readonly string[] };

async function openDoors(hosts: readonly string[]): Promise<Doors> {
  const all: Pick<RegistryDoor, "decide"> = { decide: () => "pass" };
  const doors = await Promise.all(hosts.map((host) => openDoor(() => host)));
  for (const door of doors) door.decide = (call) => all.decide(call);
  return Object.assign(all, {
    hosts: doors.map(({ host }) => host),
    close: async () => void (await Promise.all(doors.map((door) => door.close()))),
  });
}

interface Meeting {
  readonly world: World;
  readonly door: Doors;
  readonly hasty: () => Registry;
  readonly trial: Trial;
  readonly end: unknown;
}

/** @returns what is wrong */
async function meet({ world, door, hasty, trial, end }: Meeting, at: number, fault: Fate): Promise<string | undefined> {
  const { repository, act } = await trial.prepare(`${fault}${at}`);
  const isEnd = async (): Promise<boolean> => isDeepStrictEqual(await stateOf(world, repository), end);
  let met: DoorCall | undefined;
  door.decide = faultAt(at, fault, (call) => {
    met = call;
  });
  const registry = hasty();
  const first = await untilMet(
    () => act(registry),
    () => met !== undefined,
  );
  door.decide = () => "pass";
  const call = `${met?.method} ${met?.path}`;
  if (met === undefined) return "the fault met no call";
  if (first instanceof Error) {
    if (!(first instanceof AdapterError)) return `${call}: ${first.stack}`;
    if (!first.retryable) return `${call}: given up for good: ${first.code} ${first.message}`;
  } else if (!(await isEnd())) return `${call}: said to be done and is not`;
  const last = await patiently(() => act(world.registry)).catch((error: unknown) => error as Error);
  if (last instanceof Error) return `${call}: not finished by the next run: ${last.message}`;
  if (!trial.isWhole(last)) return `${call}: the next run ended with ${JSON.stringify(last)}`;
  return (await isEnd()) ? undefined : `${call}: another end: ${JSON.stringify(await stateOf(world, repository))}`;
}

/** Some registries take their time, so that an act is done in several runs. @returns what the run that met the fault ended with */
async function untilMet(act: () => Promise<ActResult>, isMet: () => boolean): Promise<unknown> {
  for (let runs = 0; ; runs += 1) {
    const ended = await act().catch((error: unknown) => error);
    if (isMet() || runs === 10 || !(ended instanceof AdapterError) || !ended.retryable) return ended;
  }
}

/** A connection that was kept open and is cut off is taken for a stale one and asked once more: then that answer is lost too. */
function faultAt(at: number, fault: Fate, tell: (call: DoorCall) => void): RegistryDoor["decide"] {
  let seen = 0;
  let again: DoorCall | undefined;
  return (call) => {
    seen += 1;
    if (seen - 1 === at) {
      tell(call);
      again = fault === "lost" ? call : undefined;
      return fault;
    }
    if (again === undefined || !isDeepStrictEqual(again, call)) return "pass";
    again = undefined;
    return fault;
  };
}

async function countCalls(door: Doors, work: () => Promise<unknown>): Promise<number> {
  let calls = 0;
  door.decide = () => {
    calls += 1;
    return "pass";
  };
  await work();
  door.decide = () => "pass";
  return calls;
}

/** As the queue does it: again while it may pass. */
async function patiently(act: () => Promise<ActResult>): Promise<ActResult> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof AdapterError) || !error.retryable || tries === 10) throw error;
    }
  }
}

async function actTrial(world: World, verb: Act["verb"]): Promise<Trial> {
  const { image } = await pushSigned(world.served, `${verb}/free`, "x", "1.0");
  const plan = await planHold(world, `${verb}/free`, image);
  await world.served.clone(`${verb}/free`, `${verb}/held`);
  await untilDone(world, renamed("hold", plan, `${verb}/held`));
  const expected = strengthAfter(world, verb);
  return {
    name: verb,
    async prepare(copy) {
      const action = await situation(world, verb, plan, copy);
      return { repository: action.image.repository, act: (registry) => perform(registry, action) };
    },
    isWhole: ({ strength }) => strength === expected,
  };
}

/** A tag is rolled back to an earlier image with a mark for the later one, and that is taken back. */
async function retagTrials(world: World): Promise<readonly Trial[]> {
  if (world.row.vendor !== undefined) return [];
  const good = await pushImage(world.served, "retag/before", "good", "1.0");
  const bad = await pushImage(world.served, "retag/before", "bad", "1.1");
  await pushImage(world.served, "retag/before", "bad", "stable");
  const changes: RetagAction["changes"] = [
    { tag: parseTag("stable-violating"), from: "absent", to: bad.digest },
    { tag: parseTag("stable"), from: bad.digest, to: good.digest },
  ];
  const actionIn = (repository: string, asked: RetagAction["changes"]): RetagAction =>
    retagOf(world.key(repository, bad), "roll-back", asked);
  await world.served.clone("retag/before", "retag/after");
  await world.registry.retag(actionIn("retag/after", changes));
  const trial = (name: string, from: string, asked: RetagAction["changes"]): Trial => ({
    name,
    async prepare(copy) {
      const repository = `retag/${copy}-${from}`;
      await world.served.clone(`retag/${from}`, repository);
      return { repository, act: (registry) => registry.retag(actionIn(repository, asked)) };
    },
    isWhole: ({ notes }) => notes.length === 0,
  });
  return [trial("retag", "before", changes), trial("retag back", "after", reversed(changes))];
}
