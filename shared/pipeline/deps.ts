import type { BrakeLimits } from "../domain/brake.ts";
import type { Digest } from "../domain/digest.ts";
import type { ImageConfig } from "../domain/image-config.ts";
import type { RegistryHost } from "../domain/image-ref.ts";
import type { RunCause } from "../domain/run.ts";
import type { ThreatFacts } from "../domain/threat.ts";
import type { Duration } from "../domain/time.ts";
import type { ExpectedPlace } from "../domain/usage.ts";
import type { Mode } from "../domain/verdict.ts";
import type { Policy } from "../policy/document.ts";
import type { Clock } from "../ports/clock.ts";
import type { EmergencyStore } from "../ports/emergency.ts";
import type { EventDecoder } from "../ports/event-decoder.ts";
import type { EvidenceStore } from "../ports/evidence-store.ts";
import type { FindingsSource, ReportReader, ReportStore } from "../ports/findings-source.ts";
import type { HaltStore } from "../ports/halt-store.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { NamedLocks } from "../ports/named-locks.ts";
import type { AwsSignerRevocation, RevocationSource } from "../ports/notation-trust.ts";
import type { OccurrenceSource } from "../ports/occurrence-source.ts";
import type { Rechecks } from "../ports/rechecks.ts";
import type { Registry } from "../ports/registry.ts";
import type { RegistrySigning } from "../ports/registry-signing.ts";
import type { RegistryUsage } from "../ports/registry-usage.ts";
import type { RunStore } from "../ports/run-store.ts";
import type { SignatureVerifier, Trust } from "../ports/signature-verifier.ts";
import type { SweepStore } from "../ports/sweep-store.ts";
import type { UndoStore } from "../ports/undo-store.ts";
import type { UsageStore } from "../ports/usage-store.ts";
import type { VerdictPublisher } from "../ports/verdict-publisher.ts";
import type { WorkQueue } from "../ports/work-queue.ts";
import type { Standings } from "./standings.ts";

/** `ask`: nothing is held until somebody has seen what would be. */
export type TakeOverSetting = "ask" | "at-once";

/** A registry that the gate watches. */
export interface WatchedRegistry {
  readonly registry: Registry;
  readonly provider: string;
  readonly decoder: EventDecoder;
  /** `dry-run` here wins over the policy's mode. To be read for each step: it changes when the registry has been taken over. */
  readonly mode: Mode;
  /** As the settings have it: the mode once the gate is in charge. */
  readonly configured: Mode;
  /** What becomes of images that lie there before the gate does. Absent: that is not asked, and `mode` is as it is set. */
  readonly takeOver?: TakeOverSetting;
  /** Secrets that its events may be authenticated with; none means that events are refused. */
  readonly hookSecrets: readonly string[];
  /** The names under which the gate's own requests stand in events; none where the registry tells none, or they are not known. */
  readonly gateActors: readonly string[];
  /** What its events call it, where that is not its host. */
  readonly nameInEvents?: RegistryHost;
  /** Who counts what runs its images, where somebody does. */
  readonly usage?: RegistryUsage;
}

export interface ActivePolicy {
  readonly policy: Policy;
  /** Of all that it is made of; the version is its beginning. */
  readonly digest: Digest;
  readonly trust: Trust;
  /** Versions whose verdicts stand where no job is queued: they differ by waivers alone, and what those touch was queued. */
  readonly sameButWaivers?: readonly string[];
}

/** What judging needs: no memory, no queue. `moorgate check` has no more than this. */
export interface JudgeDeps {
  readonly findings: readonly FindingsSource[];
  readonly verifiers: readonly SignatureVerifier[];
  /** Where attestations of Binary Authorization are, where somebody has named a place. */
  readonly occurrences?: OccurrenceSource;
  /** What was known before, where somebody remembers. */
  readonly evidence?: Pick<EvidenceStore, "last">;
  /** Reads an image's configuration. @throws AdapterError */
  readonly readConfig: (bytes: Uint8Array) => ImageConfig;
  /** Who is asked whether a certificate has been revoked. */
  readonly revocation: RevocationSource;
  /** Who knows what AWS Signer has taken back, where somebody can be asked. */
  readonly awsSigner?: AwsSignerRevocation;
  /** Whether registries sign by themselves, where one may. */
  readonly signing?: RegistrySigning;
  /** The policy in force now; asked anew for each step, so that a change takes effect with the next one. */
  readonly policy: () => ActivePolicy;
  /** What the feeds say now. */
  readonly threats: () => ThreatFacts;
  readonly log: Log;
}

/** Exactly what the flow needs, as one record of ports. */
export interface GateDeps extends JudgeDeps {
  readonly registries: ReadonlyMap<RegistryHost, WatchedRegistry>;
  readonly ledger: Ledger;
  readonly queue: WorkQueue;
  /** Absent: what is to be judged again in time waits in the queue until then. */
  readonly rechecks?: Rechecks;
  readonly reports: ReportStore;
  readonly evidence: EvidenceStore;
  readonly runs: RunStore;
  readonly emergencies: EmergencyStore;
  readonly standings: Standings;
  readonly halts: HaltStore;
  readonly sweeps: SweepStore;
  readonly undos: UndoStore;
  /** What a run may hold before it stops and asks. */
  readonly brake: BrakeLimits | "off";
  /** Runs that stop before their first act whatever the brake allows, for it takes two people that they go on. */
  readonly asking: readonly RunCause[];
  readonly usage: UsageStore;
  /** Whose word it takes to know that an image runs nowhere. */
  readonly places: readonly ExpectedPlace[];
  /** Whoever pulled an image within this time may run it. */
  readonly pulledWithin: Duration;
  /** Names under which registries tell of scanners. */
  readonly scanners: readonly string[];
  readonly readers: () => Promise<readonly ReportReader[]>;
  readonly locks: NamedLocks;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Absent: the gate publishes no verdicts. */
  readonly verdicts?: VerdictPublisher;
}
