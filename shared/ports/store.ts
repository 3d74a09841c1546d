import type { SinkStore } from "./audit-sink.ts";
import type { EmergencyStore } from "./emergency.ts";
import type { EvidenceStore } from "./evidence-store.ts";
import type { FeedStore } from "./feed-store.ts";
import type { ReportStore } from "./findings-source.ts";
import type { HaltStore } from "./halt-store.ts";
import type { Ledger } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";
import type { PostureStore } from "./posture-store.ts";
import type { ProposalStore } from "./proposal-store.ts";
import type { Rechecks } from "./rechecks.ts";
import type { RevocationLimits, RevocationStore } from "./revocation-store.ts";
import type { RunStore } from "./run-store.ts";
import type { StandingStore } from "./standing-store.ts";
import type { SweepStore } from "./sweep-store.ts";
import type { UndoStore } from "./undo-store.ts";
import type { UsageStore } from "./usage-store.ts";
import type { WorkQueue } from "./work-queue.ts";

/** All that is durable, behind one door. */
export interface Store {
  readonly ledger: Ledger;
  readonly queue: WorkQueue;
  readonly sinks: SinkStore;
  readonly reports: ReportStore;
  readonly evidence: EvidenceStore;
  readonly feeds: FeedStore;
  readonly runs: RunStore;
  readonly emergencies: EmergencyStore;
  readonly standings: StandingStore;
  readonly halts: HaltStore;
  readonly sweeps: SweepStore;
  readonly proposals: ProposalStore;
  readonly postures: PostureStore;
  readonly undos: UndoStore;
  readonly revocations: RevocationStore;
  readonly usage: UsageStore;
  /** Where a stream tells of its changes. */
  readonly outbox?: Outbox;
  /** Where its lists know what is to be judged again in time. */
  readonly rechecks?: Rechecks;
  close(): Promise<void>;
}

export interface StoreSettings {
  /** Path of the file, or what else the kind of store understands as its place. */
  readonly place: string;
  /** Signs the text of a chain's head (Ed25519, base64). */
  readonly signHead: (text: string) => string;
  /** How much is kept of answers about revocation; absent: what suits a gate. */
  readonly revocations?: RevocationLimits;
}

/** A kind of store. One folder, one line in `stores/table.ts`. */
export interface StoreKind {
  readonly id: string;
  open(settings: StoreSettings): Promise<Store>;
}
