import type { BrakeLimits } from "../domain/brake.ts";
import type { RegistryHost } from "../domain/image-ref.ts";
import type { TwoPeople } from "../domain/proposal.ts";
import type { Instant } from "../domain/time.ts";
import type { Mode } from "../domain/verdict.ts";
import type { AdmissionTerms } from "../enforcement/admission.ts";
import { type FeedSettings, openFeeds } from "../feeds/feeds.ts";
import { brakeStatus } from "../pipeline/brake-status.ts";
import type { GateDeps, TakeOverSetting, WatchedRegistry } from "../pipeline/deps.ts";
import { emergencyDesk } from "../pipeline/emergency-desk.ts";
import { endEmergencies } from "../pipeline/emergency-report.ts";
import { followAttestations } from "../pipeline/follow-attestations.ts";
import { followPolicy } from "../pipeline/follow-policy.ts";
import { followThreats } from "../pipeline/follow-threats.ts";
import { hold, release } from "../pipeline/operate.ts";
import { planRechecks } from "../pipeline/plan-rechecks.ts";
import { promote } from "../pipeline/promote.ts";
import { receive } from "../pipeline/receive.ts";
import { refusals } from "../pipeline/refusals.ts";
import { postReport } from "../pipeline/report.ts";
import { review } from "../pipeline/review.ts";
import { openStandings, type Standings } from "../pipeline/standings.ts";
import { sweep } from "../pipeline/sweep.ts";
import { beginStandings } from "../pipeline/take-over-begin.ts";
import { takeOverProgress } from "../pipeline/take-over-status.ts";
import { tellRuns } from "../pipeline/tell-runs.ts";
import { undo } from "../pipeline/undo.ts";
import { usageDesk } from "../pipeline/usage-desk.ts";
import { present } from "../pipeline/work.ts";
import type { SimulationReport } from "../policy/simulate/report.ts";
import type { Clock } from "../ports/clock.ts";
import type { GateStatus } from "../ports/gate-status.ts";
import type { Log } from "../ports/log.ts";
import type { Operator } from "../ports/operator.ts";
import type { RegistrySettings } from "../ports/provider.ts";
import type { Store } from "../ports/store.ts";
import type { TakeOvers } from "../ports/take-over.ts";
import { namedLocks } from "../runtime/locks.ts";
import { createMetrics, type MetricsRoom } from "../runtime/metrics.ts";
import type { Secret } from "../runtime/secret.ts";
import { openReport } from "../scanners/reading.ts";
import type { RevocationSettings } from "../signatures/revocation/source.ts";
import { openTrustRoots } from "../trust-roots/trust-roots.ts";
import { type ExportedAttestations, exportedAttestations, followed } from "./attestation-files.ts";
import { askingRuns, guardedActs } from "./guarded-acts.ts";
import { judging } from "./judging.ts";
import { memoryOf } from "./memory.ts";
import { providerOf } from "./one-registry.ts";
import { openPolicyFile, type PolicyFile } from "./policy-file.ts";
import { followedMirrors } from "./sigstore-roots.ts";
import type { SinkEntry } from "./sinks.ts";
import { openTakeOvers } from "./take-overs.ts";
import { NO_PLACES, type UsageSettings } from "./usage-settings.ts";
import { openVendors } from "./vendors.ts";
import { openVerdicts, refuseOwnKey, type VerdictSettings } from "./verdicts.ts";

export interface RegistryEntry extends RegistrySettings {
  readonly mode: Mode;
  /** Absent: nobody is asked about images that lie there before the gate does. */
  readonly takeOver?: TakeOverSetting;
  readonly hookSecrets: readonly Secret[];
  readonly gateActor?: string;
}

export interface GateSettings {
  readonly policyFile: string;
  /** Folder for the trusted roots that are taken from mirrors; absent: a policy that names a mirror is refused. */
  readonly trustRoots?: string;
  readonly registries: readonly RegistryEntry[];
  readonly sinks: readonly SinkEntry[];
  /** None where it is left out. */
  readonly feeds?: FeedSettings;
  /** Whether certificates have been revoked is asked of these hosts of the own network too, and of the public internet. */
  readonly revocation?: Pick<RevocationSettings, "internalHosts">;
  /** Files and folders with attestations of Binary Authorization that were exported. */
  readonly attestations?: readonly string[];
  /** Off where it is left out. */
  readonly brake?: BrakeLimits | "off";
  /** No place reports what it runs where it is left out. */
  readonly usage?: UsageSettings;
  /** Nothing is published where it is left out. */
  readonly verdicts?: VerdictSettings;
  /** No cluster asks where it is left out. */
  readonly admission?: AdmissionTerms;
  /** Acts that take two people; none where it is left out. */
  readonly fourEyes?: readonly TwoPeople[];
  readonly version: string;
}

/** A gate put together: what the doors need and nothing of how it is made. */
export interface Gate {
  readonly deps: GateDeps;
  readonly operator: Operator;
  readonly metrics: MetricsRoom;
  readonly policy: PolicyFile;
  /** Reads the policy again, and queues what a change concerns. */
  refreshPolicy(): Promise<void>;
  /** Renews the feeds whose time has come, and queues what a change concerns. */
  refreshFeeds(signal?: AbortSignal): Promise<void>;
  /** Reads what was exported of attestations again, and queues what a change concerns. */
  refreshAttestations(): Promise<void>;
  /** Tells of emergencies that are settled. */
  endEmergencies(): Promise<void>;
  /** Tells what happened in runs that have come to an end. */
  tellRuns(): Promise<void>;
  /** Queues what is to be judged again soon, where the store lists that. */
  planRechecks(): Promise<void>;
  /** Asks the mirrors of trusted roots whose time has come; a root that changed is another policy. */
  refreshTrustRoots(signal?: AbortSignal): Promise<void>;
  /** Asks registries that are new and have not answered yet, and learns what other processes have confirmed. */
  refreshStandings(signal?: AbortSignal): Promise<void>;
  /** Registries that had images before the gate came. */
  readonly takeOvers: TakeOvers<SimulationReport>;
  status(): Promise<GateStatus>;
}

const MOST_RUNS = 100;
const REPORT_LIMITS = { maxBytes: 64 * 1024 * 1024, maxDepth: 64 };

/**
 * Puts the parts together for one process. Reads the policy, and asks the mirrors that it takes trusted roots from if nothing was ever read
 * from them; touches no registry.
 * @throws PolicyError, AdapterError
 */
export async function openGate(settings: GateSettings, store: Store, clock: Clock, log: Log): Promise<Gate> {
  const mirrors = settings.trustRoots === undefined ? () => [] : followedMirrors(settings.policyFile);
  const trustRoots = openTrustRoots({ log }, settings.trustRoots ?? "", mirrors);
  await trustRoots.begin(clock.now());
  const policy = openPolicyFile(settings.policyFile, log, settings.trustRoots, refuseOwnKey(settings.verdicts?.signer));
  const standings = await openStandings(store.standings);
  const registries = await watch(settings.registries, standings);
  const metrics = createMetrics();
  const feeds = await openFeeds({ store: store.feeds, log }, settings.feeds ?? {});
  const source = (host: RegistryHost) => registries.get(host)?.registry;
  const revocation = { clock, store: store.revocations, internalHosts: settings.revocation?.internalHosts ?? [] };
  const exported = occurrencesOf(settings);
  const threats = feeds.current;
  const vendors = await openVendors(settings.registries);
  const judge = await judging({ source, reports: store.reports, vendors, policy, threats, revocation, log, occurrences: exported });
  const use = settings.usage ?? NO_PLACES;
  const brake = settings.brake ?? "off";
  const verdicts = settings.verdicts === undefined ? {} : { verdicts: openVerdicts(settings.verdicts, settings.version) };
  const memory = { ...memoryOf(store), standings };
  const asking = askingRuns(settings.fourEyes);
  const deps: GateDeps = { ...judge, ...memory, ...verdicts, registries, brake, asking, ...use, locks: namedLocks(), clock, metrics };
  await beginStandings(deps);
  const times: Times = { startedAt: clock.now(), events: new Map() };
  const operator = operatorOf(settings, store, deps, times);
  const refreshPolicy = (): Promise<void> => readAgain(policy, deps);
  return {
    deps,
    operator,
    ...openTakeOvers(deps),
    metrics,
    policy,
    refreshPolicy,
    endEmergencies: () => endEmergencies(deps),
    tellRuns: () => tellRuns(deps),
    planRechecks: () => planRechecks(deps),
    async refreshFeeds(signal) {
      await feeds.refresh(clock.now(), signal);
      await feeds.follow((before, after) => followThreats(deps, before, after));
    },
    refreshAttestations: followed(exported, (version) => followAttestations(deps, version), log),
    async refreshTrustRoots(signal) {
      await trustRoots.refresh(clock.now(), signal);
      await refreshPolicy();
    },
    status: async () => ({
      ...(await statusOf(settings, deps, store, times)),
      feeds: feeds.status(),
      trustRoots: trustRoots.status(),
      places: await operator.usage.places(),
    }),
  };
}

async function readAgain(policy: PolicyFile, deps: GateDeps): Promise<void> {
  const before = policy.current();
  if (policy.refresh() && (await followPolicy(deps, before, policy.current()))) policy.followed(before.policy.id.version);
}

function occurrencesOf({ attestations = [] }: GateSettings): ExportedAttestations | undefined {
  return attestations.length === 0 ? undefined : exportedAttestations(attestations);
}

async function watch(entries: readonly RegistryEntry[], standings: Standings): Promise<ReadonlyMap<RegistryHost, WatchedRegistry>> {
  const watched = new Map<RegistryHost, WatchedRegistry>();
  for (const entry of entries) {
    const provider = await providerOf(entry);
    const registry = provider.openRegistry(entry);
    const { registry: nameInEvents, actors = [] } = provider.inEvents?.(entry) ?? {};
    watched.set(entry.host, {
      registry,
      provider: provider.id,
      decoder: provider.decoder,
      configured: entry.mode,
      get mode() {
        return entry.takeOver === undefined || standings.of(entry.host)?.kind === "in-charge" ? entry.mode : "dry-run";
      },
      hookSecrets: entry.hookSecrets.map((each) => each.reveal()),
      gateActors: entry.gateActor === undefined ? actors : [entry.gateActor],
      ...present({ nameInEvents, usage: provider.openUsage?.(entry) }),
      ...(entry.takeOver === undefined ? {} : { takeOver: entry.takeOver }),
    });
  }
  return watched;
}

interface Times {
  readonly startedAt: Instant;
  readonly events: Map<string, Instant>;
}

function operatorOf({ admission = { unknown: "warn" }, fourEyes }: GateSettings, store: Store, deps: GateDeps, times: Times): Operator {
  return {
    async receive(provider, registry, delivery) {
      const received = await receive(deps, provider, registry, delivery);
      if (received.kind === "accepted") times.events.set(registry ?? provider, delivery.receivedAt);
      return received;
    },
    hold: (request) => hold(deps, request),
    release: (request) => release(deps, request),
    promote: (request) => promote(deps, request),
    undo: (request) => undo(deps, request),
    findUndo: (id) => deps.undos.find(id),
    postReport: (subject, format, bytes) =>
      postReport(deps, (text) => openReport(text, { ...REPORT_LIMITS, place: "report" }), subject, format, bytes),
    sweep: () => sweep(deps),
    runs: (state) => deps.runs.list({ limit: MOST_RUNS, ...(state === undefined ? {} : { state }) }),
    ...guardedActs(deps, store.proposals, fourEyes),
    brake: () => brakeStatus(deps),
    refused: refusals(deps),
    review: (asked) => review(deps, asked, admission),
    usage: usageDesk(deps),
    emergency: emergencyDesk(deps),
  };
}

async function statusOf(
  settings: GateSettings,
  deps: GateDeps,
  store: Store,
  times: Times,
): Promise<Omit<GateStatus, "feeds" | "trustRoots" | "places">> {
  const { policy } = deps.policy();
  const [newest] = await deps.ledger.recent({ limit: 1 });
  const last = newest?.sequence ?? 0;
  const sweeps = await deps.sweeps.all();
  return {
    version: settings.version,
    policy: { ...policy.id, mode: policy.mode, file: policy.file },
    registries: await Promise.all(
      [...deps.registries.values()].map(async ({ registry, provider, mode }) => ({
        host: registry.host,
        provider,
        mode,
        holdStrength: registry.capabilities.hold.strength,
        ...(await takeOverProgress(deps, registry.host)),
        lastEventAt: times.events.get(registry.host) ?? times.events.get(provider) ?? "never",
        lastSweepAt: sweeps.get(registry.host)?.wholeAt ?? "never",
      })),
    ),
    sinks: await Promise.all(
      settings.sinks.map(async ({ name }) => {
        const { state, cursor, dead, lastError } = await store.sinks.sink(name);
        return { name, state, waiting: Math.max(0, last - cursor), dead, ...(lastError === undefined ? {} : { lastError }) };
      }),
    ),
    queue: await deps.queue.depth(),
    halt: await deps.halts.now(),
    startedAt: times.startedAt,
  };
}
