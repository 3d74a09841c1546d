import type { Digest } from "../domain/digest.ts";
import type { Halt } from "../domain/halt.ts";
import type { FeedName } from "../domain/threat.ts";
import type { Instant } from "../domain/time.ts";
import type { Mode, PolicyId } from "../domain/verdict.ts";
import type { PlaceStatus } from "./usage-desk.ts";

export interface RegistryStatus {
  readonly host: string;
  readonly provider: string;
  /** `dry-run` here wins over the policy: a registry that was just added changes nothing. */
  readonly mode: Mode;
  readonly holdStrength: string;
  /** While it is being taken over: nothing is held there. */
  readonly takeOver?: {
    /** Judged, of all that was found so far. */
    readonly judged: number;
    readonly found: number;
    /** Why what lies there cannot be listed. */
    readonly fault?: string;
    readonly next: string;
  };
  /** `unknown` where other processes hear events; else since this one began. */
  readonly lastEventAt: Instant | "never" | "unknown";
  /** When the last sweep began that compared it whole, whichever process did. */
  readonly lastSweepAt: Instant | "never";
}

export interface SinkStatus {
  readonly name: string;
  readonly state: "active" | "paused" | "disabled";
  readonly waiting: number;
  readonly dead: number;
  readonly lastError?: string;
}

/** A feed of threat facts. Fields of a snapshot are absent where none was ever read. */
export interface FeedStatus {
  readonly name: FeedName;
  /** File or address, without what could be a key in it. */
  readonly source: string;
  readonly digest?: Digest;
  /** When the publisher made the snapshot in use. */
  readonly madeAt?: Instant;
  /** When the publisher last confirmed it. */
  readonly checkedAt?: Instant;
  readonly entries?: number;
  /** Why the last try failed; the snapshot before stays in use. */
  readonly fault?: string;
}

/** A trusted root of Sigstore that is taken from a mirror. Times are absent where the mirror was never read whole. */
export interface TrustRootStatus {
  /** Of the instance, as the policy calls it. */
  readonly name: string;
  /** Address, without what could be a key in it. */
  readonly source: string;
  /** Whether there is a root to verify with. */
  readonly isRead: boolean;
  /** When the mirror last confirmed it. */
  readonly checkedAt?: Instant;
  /** When the mirror's word for it ends; the root stays in use after that, and is told to be old. */
  readonly expiresAt?: Instant;
  /** Why the last try failed. */
  readonly fault?: string;
}

/** How the gate itself is doing, for the dashboard, `/metrics` and `doctor`. */
export interface GateStatus {
  readonly version: string;
  readonly policy: PolicyId & { readonly mode: Mode; readonly file: string };
  readonly registries: readonly RegistryStatus[];
  readonly sinks: readonly SinkStatus[];
  readonly feeds: readonly FeedStatus[];
  readonly trustRoots: readonly TrustRootStatus[];
  /** Where images run, as far as it is told. */
  readonly places: readonly PlaceStatus[];
  readonly queue: { readonly waiting: number; readonly running: number; readonly parked: number };
  readonly halt: Halt;
  readonly startedAt: Instant;
}
