import type { GateSettings } from "../../shared/compose/gate.ts";
import type { Dialect } from "../fakes/memory-registry.ts";
import type { Rules } from "./policy.ts";

/** What only some histories know of. */
export interface Known {
  /** A feed of attacks, and reports on what images consist of. */
  readonly knowsAttacks: boolean;
  /** A place that tells what it runs. */
  readonly knowsUse: boolean;
}

/** What differs from history to history from its beginning on. */
export interface Setup extends Known {
  readonly dialect: Dialect;
  /** Jobs that run at the same time. */
  readonly workers: number;
  /** The registry's events do not tell the gate's own requests from those of others. */
  readonly isNameless: boolean;
  /** The store is a file, opened anew after each crash. */
  readonly isOnDisk: boolean;
  readonly brake: NonNullable<GateSettings["brake"]>;
  readonly rules: Rules;
  readonly isAttacked: boolean;
}

export type FaultKind = "500" | "429" | "refused" | "lost";
