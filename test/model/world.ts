import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gate, type GateSettings, openGate, type RegistryEntry } from "../../shared/compose/gate.ts";
import { parseRegistryHost } from "../../shared/domain/image-ref.ts";
import { parseInstant } from "../../shared/domain/time.ts";
import type { Store } from "../../shared/ports/store.ts";
import { BRIEF_RETRY, type RetryRules } from "../../shared/runtime/retry.ts";
import { secret } from "../../shared/runtime/secret.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { type HandClock, openHandClock } from "../fakes/clock.ts";
import { type Dialect, GATE_ACTOR, type Happening, type MemoryRegistry, openMemoryRegistry } from "../fakes/memory-registry.ts";
import type { Random } from "../fuzz/random.ts";
import { policyText, type Rules, waiversText } from "./policy.ts";
import { openStage, type Stage, staged, turn } from "./stage.ts";
import { RELEASE_KEY_PEM } from "./stock.ts";

/** What differs from history to history from its beginning on. */
export interface Setup {
  readonly dialect: Dialect;
  /** Jobs that run at the same time. */
  readonly workers: number;
  /** The registry's events do not tell the gate's own requests from those of others. */
  readonly isNameless: boolean;
  /** The store is a file, opened anew after each crash. */
  readonly isOnDisk: boolean;
  readonly brake: NonNullable<GateSettings["brake"]>;
  readonly rules: Rules;
}

export type FaultKind = "500" | "429" | "refused" | "lost";

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
  readonly dir: string;
  store: Store;
  process: Process;
  rules: Rules;
  jobs: number;
  letters: number;
}

export const HOST = parseRegistryHost("127.0.0.1:5000");
export const QUARANTINE = "quarantine";
const ROOT = process.platform === "linux" ? "/dev/shm" : tmpdir();
const HOOK_SECRET = "hook";
const START = parseInstant("2026-03-01T12:00:00Z");
const MOST_JOBS = 5_000;

// A fault is met once: whether the gate goes on is a matter of its queue here, not of the client's patience.
const NO_PATIENCE: RetryRules = { ...BRIEF_RETRY, tries: 1 };

export async function openWorld(setup: Setup, random: Random): Promise<World> {
  const mail: Happening[] = [];
  const dir = mkdtempSync(join(ROOT, "moorgate-model-"));
  writeFileSync(join(dir, "release.pub"), RELEASE_KEY_PEM);
  const world: Omit<World, "process"> = {
    setup,
    random,
    dir,
    clock: openHandClock(START),
    registry: openMemoryRegistry(setup.dialect, (happening) => {
      if (setup.isNameless || happening.actor !== GATE_ACTOR) mail.push(happening);
    }),
    ideal: openMemoryRegistry({ ...setup.dialect, keepsChildren: false, deletesTags: true }, () => {}),
    mail,
    late: [],
    untold: new Set(),
    faults: { kind: "500", left: 0 },
    defects: [],
    store: openStore(setup, dir),
    rules: setup.rules,
    jobs: 0,
    letters: 0,
  };
  writePolicy(world, setup.rules);
  return Object.assign(world, { process: await startProcess(world) });
}

export async function closeWorld({ store, process, dir }: World): Promise<void> {
  process.stage.kill();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
}

function openStore({ isOnDisk }: Setup, dir: string): Store {
  return openSqliteStore({ file: isOnDisk ? join(dir, "gate.db") : ":memory:", signHead: (text) => `signed ${text}` });
}

export function writePolicy(world: Pick<World, "dir" | "rules">, rules: Rules): void {
  Object.assign(world, { rules });
  writeFileSync(join(world.dir, "policy.yaml"), policyText(rules));
  writeFileSync(join(world.dir, "waivers.yaml"), waiversText(rules));
}

async function startProcess(world: Omit<World, "process">): Promise<Process> {
  const stage = openStage(world.random);
  const entry: RegistryEntry & { readonly retry: RetryRules } = {
    host: HOST,
    provider: "oci",
    mode: "enforce",
    plainHttp: true,
    credentials: async () => undefined,
    hookSecrets: [secret(HOOK_SECRET)],
    quarantine: QUARANTINE,
    ...(world.setup.isNameless ? {} : { gateActor: GATE_ACTOR }),
    retry: NO_PATIENCE,
    fetch: (input, init) => ask(world, stage, input instanceof URL ? input : new URL(typeof input === "string" ? input : input.url), init),
  };
  const settings = {
    policyFile: join(world.dir, "policy.yaml"),
    registries: [entry],
    sinks: [],
    brake: world.setup.brake,
    version: "0.0.0",
  };
  const log = {
    info: () => {},
    warn: () => {},
    error: (message: string, fields?: object) => void world.defects.push(`${message} ${JSON.stringify(fields)}`),
  };
  const gate = await openGate(settings, staged(world.store, stage), world.clock, log);
  stage.pause();
  return { gate, stage, tasks: new Set() };
}

/** A request of the gate: it may be cut off before and after the registry has done it. */
async function ask(
  { registry, faults }: Pick<World, "registry" | "faults">,
  stage: Stage,
  url: URL,
  init?: RequestInit,
): Promise<Response> {
  await stage.pass();
  const fault = faults.left > 0 ? faults.kind : undefined;
  if (fault !== undefined) faults.left -= 1;
  if (fault === "500" || fault === "429") return new Response("{}", { status: Number(fault) });
  if (fault === "refused") throw new TypeError("fetch failed");
  const answer = await registry.answer(url, init);
  await stage.pass();
  if (fault === "lost") throw new TypeError("the connection was reset");
  return answer;
}

/** The process is gone at once; another one starts on what it left. */
export async function crash(world: World): Promise<void> {
  world.process.stage.kill();
  // What it asked the store to write before its death is written.
  await turn();
  await turn();
  if (world.setup.isOnDisk) {
    await world.store.close();
    world.store = openStore(world.setup, world.dir);
  }
  world.process = await startProcess(world);
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
