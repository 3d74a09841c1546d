import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Gate } from "../../shared/compose/gate.ts";
import { parseRegistryHost } from "../../shared/domain/image-ref.ts";
import { parseDuration } from "../../shared/domain/time.ts";
import type { ExpectedPlace } from "../../shared/domain/usage.ts";
import type { Store } from "../../shared/ports/store.ts";
import type { HandClock } from "../fakes/clock.ts";
import type { Happening, MemoryRegistry } from "../fakes/memory-registry.ts";
import type { Random } from "../fuzz/random.ts";
import type { Past, Quiet } from "./past.ts";
import { policyText, type Rules, waiversText } from "./policy.ts";
import type { FaultKind, Setup } from "./setup.ts";
import type { Stage } from "./stage.ts";

/** One run of the gate's program, from its start to its death. */
export interface Process {
  readonly gate: Gate;
  readonly stage: Stage;
  /** What goes on in it. */
  readonly tasks: Set<Promise<void>>;
}

/** Everything that a history happens to. */
export interface World {
  readonly setup: Setup;
  readonly random: Random;
  readonly clock: HandClock;
  readonly registry: MemoryRegistry;
  /** The same registry, had there never been a gate. */
  readonly ideal: MemoryRegistry;
  /** What the registry has to tell of what just happened. */
  readonly mail: Happening[];
  /** What it tells later. */
  readonly late: Happening[];
  /** What was pushed and is never told: `repository@digest`. */
  readonly untold: Set<string>;
  readonly faults: { kind: FaultKind; left: number };
  /** What must never happen, wherever it was noticed. */
  readonly defects: string[];
  /** Present while the gate may change nothing of itself. */
  quiet: Quiet | undefined;
  readonly past: Past;
  readonly dir: string;
  store: Store;
  process: Process;
  rules: Rules;
  /** Whether the catalogue names the vulnerability of the stock. */
  isAttacked: boolean;
  jobs: number;
  letters: number;
}

export const HOST = parseRegistryHost("127.0.0.1:5000");
export const QUARANTINE = "quarantine";
/** The one place that may tell what it runs. */
export const PLACE: ExpectedPlace = { name: "east", maxAge: parseDuration("3h") };
export const HOOK_SECRET = "hook";
const MOST_JOBS = 5_000;

export function writePolicy(world: Pick<World, "dir" | "rules">, rules: Rules): void {
  Object.assign(world, { rules });
  writeFileSync(join(world.dir, "policy.yaml"), policyText(rules));
  writeFileSync(join(world.dir, "waivers.yaml"), waiversText(rules));
}

export function changePolicy(world: World, rules: Rules, what: string): void {
  world.quiet = undefined;
  writePolicy(world, rules);
  begin(world, what, (gate) => gate.refreshPolicy());
  // It is read before anything is waited for.
  world.past.policies.set(world.process.gate.deps.policy().policy.id.version, rules);
}

/** Begins something in the process; it goes on as steps are granted. */
export function begin(world: World, what: string, work: (gate: Gate) => Promise<void>): void {
  const { gate, stage, tasks } = world.process;
  const task = work(gate)
    .catch((error: unknown) => {
      if (!stage.isDead) world.defects.push(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    })
    .finally(() => void tasks.delete(task));
  tasks.add(task);
}

/** Delivers an event, as the registry does. */
export function deliver(world: World, { action, actor, ...target }: Happening, id: string): void {
  const event = { id, action, target, request: { host: HOST }, actor: { name: actor } };
  const body = Buffer.from(JSON.stringify({ events: [event] }));
  const headers = { authorization: `Bearer ${HOOK_SECRET}` };
  begin(world, "an event", async ({ operator }) => {
    const received = await operator.receive("oci", HOST, { headers, body, receivedAt: world.clock.now() });
    if (received.kind !== "accepted" && received.kind !== "duplicate") world.defects.push(`an event was ${received.kind}`);
  });
}

/** Everything goes on until nothing is left that may run now. */
export async function drain(world: World, work: (world: World, gate: Gate) => Promise<void>): Promise<void> {
  const { stage, tasks } = world.process;
  stage.open();
  for (let before = -1; before !== world.jobs || tasks.size > 0; ) {
    before = world.jobs;
    const next = await world.store.queue.nextAt();
    if (next !== undefined && next <= world.clock.now()) hire(world, work);
    while (tasks.size > 0) await Promise.all(tasks);
    if (world.jobs > MOST_JOBS) throw new Error("the queue does not get empty");
    passOn(world);
  }
  stage.pause();
}

/** The gate's own requests come back as events of somebody where the registry names nobody. */
export function passOn(world: World): void {
  for (const happening of world.mail.splice(0)) deliver(world, happening, nextEventId(world));
}

/** Another one each time: a registry that tells twice of one thing uses one id twice. */
export function nextEventId(world: World): string {
  world.letters += 1;
  return `event ${world.letters}`;
}

/** Workers that end when nothing may run. */
export function hire(world: World, work: (world: World, gate: Gate) => Promise<void>): void {
  for (let worker = 0; worker < world.setup.workers; worker += 1) begin(world, "a worker", (gate) => work(world, gate));
}
