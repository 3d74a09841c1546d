import type { Instant } from "../domain/time.ts";
import type { GateDeps } from "./deps.ts";

/** What one sweep carries along. */
export interface Sweeping {
  readonly now: Instant;
  readonly counts: { images: number; missed: number; gone: number; queued: number };
  readonly runs: SweepRuns;
  readonly signal: AbortSignal | undefined;
}

/** What is judged again by a sweep belongs to a run; one is begun when there is something for it. */
export interface SweepRuns {
  /** Sweeps of one hour count together. */
  ofSweep(): Promise<string>;
  /** The policy in force: what following its change did not reach. */
  ofPolicy(): Promise<string>;
}

const HOUR = 3_600_000;

export function runsOf({ runs, policy }: Pick<GateDeps, "runs" | "policy">, now: Instant): SweepRuns {
  let sweepRun: Promise<string> | undefined;
  let policyRun: Promise<string> | undefined;
  return {
    ofSweep() {
      sweepRun ??= runs.begin("sweep", String(Math.floor(now / HOUR)), now);
      return sweepRun;
    },
    ofPolicy() {
      const { policy: inForce, sameButWaivers } = policy();
      policyRun ??= runs.begin("policy", inForce.id.version, now, sameButWaivers);
      return policyRun;
    },
  };
}
