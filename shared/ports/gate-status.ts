import type { Instant } from "../domain/time.ts";
import type { Mode, PolicyId } from "../domain/verdict.ts";

export interface RegistryStatus {
  readonly host: string;
  readonly provider: string;
  /** `dry-run` here wins over the policy: a registry that was just added changes nothing. */
  readonly mode: Mode;
  readonly holdStrength: string;
  readonly lastEventAt: Instant | "never";
  readonly lastSweepAt: Instant | "never";
}

export interface SinkStatus {
  readonly name: string;
  readonly state: "active" | "paused" | "disabled";
  readonly waiting: number;
  readonly dead: number;
  readonly lastError?: string;
}

/** How the gate itself is doing, for the dashboard, `/metrics` and `doctor`. */
export interface GateStatus {
  readonly version: string;
  readonly policy: PolicyId & { readonly mode: Mode; readonly file: string };
  readonly registries: readonly RegistryStatus[];
  readonly sinks: readonly SinkStatus[];
  readonly queue: { readonly waiting: number; readonly running: number; readonly parked: number };
  readonly startedAt: Instant;
}
