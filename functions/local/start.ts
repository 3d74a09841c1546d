import { existsSync, readFileSync } from "node:fs";
import { type Gate, openGate } from "../../shared/compose/gate.ts";
import { OWN_TOKEN_NAME, type Person } from "../../shared/compose/people.ts";
import { type FileSettings, parseSettings } from "../../shared/compose/settings.ts";
import { lookAtPosture } from "../../shared/compose/setups.ts";
import { openSinks } from "../../shared/compose/sinks.ts";
import { kindOf, openStore } from "../../shared/compose/store.ts";
import { faceOf, tokensOf } from "../../shared/compose/web-face.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import { ROLES } from "../../shared/domain/role.ts";
import { parseDuration } from "../../shared/domain/time.ts";
import { dockerCredentials } from "../../shared/oci/credentials.ts";
import { forward } from "../../shared/pipeline/forward.ts";
import { RECHECKS_EVERY } from "../../shared/pipeline/plan-rechecks.ts";
import type { AuditSink } from "../../shared/ports/audit-sink.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/ports/log.ts";
import type { Store } from "../../shared/ports/store.ts";
import { dockerConfigFile, type Environment } from "../../shared/runtime/config.ts";
import { type AccessToken, accessToken, findToken } from "../../shared/web/access.ts";
import { createApp } from "../../shared/web/app.ts";
import { type RunningRegistry, startEmbedded } from "./embedded.ts";
import { listen } from "./listen.ts";
import { type Schedule, startSchedules } from "./schedule.ts";
import { openStateFolder, type StateFolder } from "./state.ts";
import { startWorkers } from "./worker.ts";

export interface LocalSettings {
  readonly stateDir: string;
  readonly host: string;
  readonly port: number;
  readonly registryPort: number;
  readonly policyFile: string;
  /** `moorgate.yaml`; absent: the embedded registry alone. */
  readonly settingsFile?: string;
  readonly version: string;
  readonly environment: Environment;
}

export interface RunningGate {
  readonly url: string;
  /** `host:port` of the embedded registry. */
  readonly registry: string;
  readonly token: StateFolder["token"];
  readonly gate: Gate;
  stop(): Promise<void>;
}

const WORKERS = 8;
const POLICY_REFRESH_MS = 2_000;
/** How often is looked whether the time of a feed has come. */
const FEEDS_LOOK_MS = 30_000;
/** How often is looked whether the time of a mirror of trusted roots has come. */
const TRUST_ROOTS_LOOK_MS = 30_000;
/** How often is looked whether exported attestations are others. */
const ATTESTATIONS_LOOK_MS = 5_000;
/** How long the start waits for registries that are new, and how often those are asked again that did not answer. */
const FIRST_LOOK_MS = 5_000;
const STANDINGS_LOOK_MS = 5_000;
/** How often is looked whether an emergency is settled. */
const EMERGENCIES_LOOK_MS = 1_000;
/** How often is looked whether a run has come to an end. */
const RUNS_LOOK_MS = 1_000;
/** A few calls for each repository; what people change in between, CloudTrail tells where it is asked to. */
const POSTURE_EVERY = parseDuration("1d");
const HOOK_TIMEOUT_MS = 60_000;

/**
 * The whole gate in one process: embedded registry, doors, durable queue, workers, schedules, dashboard. What was begun before a crash is
 * finished after it.
 * @throws PolicyError, ParseError on settings; AdapterError on a taken port.
 */
export async function startLocal(settings: LocalSettings, clock: Clock, log: Log): Promise<RunningGate> {
  const state = openStateFolder(settings.stateDir);
  const file = readSettings(settings);
  const undo = cleanUp();
  try {
    const place = file.store ?? state.ledgerFile;
    const store = await openStore(kindOf(place), { place, signHead: state.signHead });
    undo.add(() => store.close());
    const embedded = await startEmbedded(state, { host: settings.host, port: settings.registryPort }, clock);
    undo.add(() => embedded.stop());
    const sinks = await openSinks(file.sinks, settings.version);
    const gate = await openGate(
      {
        ...file,
        policyFile: settings.policyFile,
        trustRoots: state.trustRootsDir,
        version: settings.version,
        registries: [{ ...embedded.entry, takeOver: "ask" }, ...file.registries],
      },
      store,
      clock,
      log,
    );
    // A registry that is empty at the first start is enforced from the first push on; one that does not answer now is asked again.
    await gate.refreshStandings(AbortSignal.timeout(FIRST_LOOK_MS));
    const door = await serve(settings, file, state, gate);
    undo.add(() => door.stop());
    run(gate, store, sinks, embedded, file, undo);
    return { url: `http://${settings.host}:${door.port}`, registry: embedded.address, token: state.token, gate, stop: undo.run };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

function run(gate: Gate, store: Store, sinks: readonly AuditSink[], embedded: RunningRegistry, file: FileSettings, undo: CleanUp): void {
  const workers = startWorkers(gate.deps, WORKERS);
  undo.add(() => workers.stop());
  embedded.connect(gate.operator);
  const schedules = startSchedules(gate.deps, schedulesOf(gate, store, sinks, file));
  undo.add(() => schedules.stop());
  // What no event could tell while we were away.
  void gate.operator.sweep().catch((error: unknown) => gate.deps.log.error("The first sweep failed.", { why: String(error) }));
}

function schedulesOf(
  {
    deps,
    operator,
    refreshPolicy,
    refreshStandings,
    refreshFeeds,
    refreshAttestations,
    refreshTrustRoots,
    endEmergencies,
    tellRuns,
    planRechecks,
  }: Gate,
  store: Store,
  sinks: readonly AuditSink[],
  { registries, sweepEvery }: FileSettings,
): readonly Schedule[] {
  return [
    { name: "sweep", everyMs: sweepEvery, shared: true, run: () => operator.sweep() },
    { name: "policy", everyMs: POLICY_REFRESH_MS, shared: false, run: refreshPolicy },
    { name: "standings", everyMs: STANDINGS_LOOK_MS, shared: false, run: refreshStandings },
    { name: "feeds", everyMs: FEEDS_LOOK_MS, shared: false, run: refreshFeeds },
    { name: "attestations", everyMs: ATTESTATIONS_LOOK_MS, shared: false, run: refreshAttestations },
    { name: "emergencies", everyMs: EMERGENCIES_LOOK_MS, shared: false, run: endEmergencies },
    { name: "runs", everyMs: RUNS_LOOK_MS, shared: false, run: tellRuns },
    ...(store.rechecks === undefined ? [] : [{ name: "rechecks", everyMs: RECHECKS_EVERY, shared: true, run: planRechecks }]),
    { name: "posture", everyMs: POSTURE_EVERY, shared: true, run: (signal) => lookAtPosture({ deps }, store, registries, signal) },
    { name: "trust-roots", everyMs: TRUST_ROOTS_LOOK_MS, shared: false, run: refreshTrustRoots },
    ...sinks.map(
      (sink): Schedule => ({
        name: `forward ${sink.name}`,
        everyMs: parseDuration("500ms"),
        shared: false,
        run: (signal) => forward({ ledger: deps.ledger, sinks: store.sinks, log: deps.log }, sink, deps.clock.now(), signal),
      }),
    ),
  ];
}

function serve(settings: LocalSettings, file: FileSettings, state: StateFolder, gate: Gate): ReturnType<typeof listen> {
  const app = createApp({
    ...faceOf(gate),
    tokens: allTokens(state, file.people),
    hasAdmission: file.admission !== undefined,
    isAllowedHost: (host) => isOwnName(host, settings.host),
  });
  return listen({ host: settings.host, port: settings.port, flag: "--port", requestTimeoutMs: HOOK_TIMEOUT_MS }, (request) =>
    app.fetch(request),
  );
}

/** Those of the people, and that of the state folder, which has every role and is of whoever may read the folder. */
function allTokens({ token }: StateFolder, people: readonly Person[]): readonly AccessToken[] {
  const own: AccessToken = { ...accessToken(OWN_TOKEN_NAME, ROLES, token.value), isShared: true };
  const named = tokensOf(people);
  if (findToken(named, token.value) === undefined) return [own, ...named];
  throw new ParseError(
    "people",
    "somebody has the token of the state folder",
    "give each person a token of their own: openssl rand -hex 24",
  );
}

/** Names under which a browser may reach a gate that listens on an address; others could be a page that had its name point here. */
function isOwnName(host: string, listening: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === listening || name === "localhost" || name === "127.0.0.1" || name === "[::1]";
}

function readSettings({ settingsFile, environment }: LocalSettings): FileSettings {
  const file = settingsFile ?? "moorgate.yaml";
  const text = existsSync(file) ? readFileSync(file, "utf8") : "apiVersion: moorgate.dev/v1\nkind: Settings\n";
  return parseSettings(text, file, environment, (host) => dockerCredentials(dockerConfigFile(environment), host));
}

interface CleanUp {
  add(step: () => Promise<void>): void;
  /** Newest first, each once. */
  run(): Promise<void>;
}

function cleanUp(): CleanUp {
  const steps: (() => Promise<void>)[] = [];
  return {
    add: (step) => void steps.push(step),
    async run() {
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) await step();
    },
  };
}
