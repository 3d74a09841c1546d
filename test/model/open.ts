import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GateSettings, openGate, type RegistryEntry } from "../../shared/compose/gate.ts";
import { NO_PLACES, type UsageSettings } from "../../shared/compose/usage-settings.ts";
import { parseDigest } from "../../shared/domain/digest.ts";
import { parseDuration, parseInstant } from "../../shared/domain/time.ts";
import type { Store } from "../../shared/ports/store.ts";
import { BRIEF_RETRY, type RetryRules } from "../../shared/runtime/retry.ts";
import { secret } from "../../shared/runtime/secret.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { openHandClock } from "../fakes/clock.ts";
import { GATE_ACTOR, openMemoryRegistry } from "../fakes/memory-registry.ts";
import { SCRATCH } from "../fakes/scratch.ts";
import type { Random } from "../fuzz/random.ts";
import { noteChange } from "./quiet.ts";
import type { Setup } from "./setup.ts";
import { openStage, type Stage, staged, turn } from "./stage.ts";
import { RELEASE_KEY_PEM } from "./stock.ts";
import { catalogueText, REPORTS } from "./threats.ts";
import { HOOK_SECRET, HOST, PLACE, type Process, QUARANTINE, type World, writePolicy } from "./world.ts";

const START = parseInstant("2026-03-01T12:00:00Z");

// A fault is met once: whether the gate goes on is a matter of its queue here, not of the client's patience.
const NO_PATIENCE: RetryRules = { ...BRIEF_RETRY, tries: 1 };

export async function openWorld(setup: Setup, random: Random): Promise<World> {
  const mail: World["mail"] = [];
  const dir = mkdtempSync(join(SCRATCH, "moorgate-model-"));
  writeFileSync(join(dir, "release.pub"), RELEASE_KEY_PEM);
  const world: Omit<World, "process"> = {
    setup,
    random,
    dir,
    clock: openHandClock(START),
    registry: openMemoryRegistry(setup.dialect, (happening) => {
      if (happening.actor === GATE_ACTOR) noteChange(world, happening);
      if (setup.isNameless || happening.actor !== GATE_ACTOR) mail.push(happening);
    }),
    ideal: openMemoryRegistry({ ...setup.dialect, keepsChildren: false, deletesTags: true }, () => {}),
    mail,
    late: [],
    untold: new Set(),
    faults: { kind: "500", left: 0 },
    defects: [],
    quiet: undefined,
    past: { policies: new Map(), uses: [], pushes: [], undos: new Set() },
    store: openStore(setup, dir),
    rules: setup.rules,
    isAttacked: setup.isAttacked,
    jobs: 0,
    letters: 0,
  };
  writePolicy(world, setup.rules);
  writeCatalogue(world, setup.isAttacked);
  if (setup.knowsAttacks)
    await Promise.all(REPORTS.map(({ digest, bytes }) => world.store.reports.put({ digest: parseDigest(digest) }, "trivy", bytes, START)));
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

export function writeCatalogue(world: Pick<World, "dir" | "isAttacked">, isAttacked: boolean): void {
  Object.assign(world, { isAttacked });
  writeFileSync(join(world.dir, "kev.json"), catalogueText(isAttacked));
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

async function startProcess(world: Omit<World, "process">): Promise<Process> {
  const stage = openStage(world.random);
  const log = {
    info: () => {},
    warn: () => {},
    error: (message: string, fields?: object) => void world.defects.push(`${message} ${JSON.stringify(fields)}`),
  };
  const gate = await openGate(settingsOf(world, stage), staged(world.store, stage), world.clock, log);
  world.past.policies.set(gate.deps.policy().policy.id.version, world.rules);
  // As the local door does when it starts.
  if (world.setup.knowsAttacks) await gate.refreshFeeds();
  stage.pause();
  return { gate, stage, tasks: new Set() };
}

function settingsOf(world: Omit<World, "process">, stage: Stage): GateSettings {
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
  return {
    policyFile: join(world.dir, "policy.yaml"),
    registries: [entry],
    sinks: [],
    brake: world.setup.brake,
    usage: world.setup.knowsUse ? ONE_PLACE : NO_PLACES,
    ...(world.setup.knowsAttacks ? { feeds: feedsIn(world.dir) } : {}),
    version: "0.0.0",
  };
}

const ONE_PLACE: UsageSettings = { ...NO_PLACES, places: [PLACE] };

function feedsIn(dir: string): NonNullable<GateSettings["feeds"]> {
  return { knownExploited: { location: { kind: "file", path: join(dir, "kev.json") }, every: parseDuration("1s") } };
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
