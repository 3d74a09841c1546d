import type { Actor } from "./action.ts";
import type { Instant } from "./time.ts";

/** What had images judged again that were judged before. A push or a person is none of these. */
export const RUN_CAUSES = ["policy", "waivers", "feeds", "attestations", "sweep", "takeover", "usage", "emergency", "deletion"] as const;
export type RunCause = (typeof RUN_CAUSES)[number];

/** What it deletes for ever was held long before, for whatever cause. */
export function isDeletionRun(run: string): boolean {
  return run.startsWith("deletion-");
}

/** Its images are held by hand; what is judged again in time is none of it. */
export function isEmergency(run: string): boolean {
  return run.startsWith("emergency-");
}

/** What one undo did is told act by act. */
export function isUndo(run: string): boolean {
  return run.startsWith("undo-");
}

/** `stopped`: it would have held more than it may, and waits for a person. */
export const RUN_STATES = ["running", "stopped", "approved", "rejected"] as const;
export type RunState = (typeof RUN_STATES)[number];

export type RunDecision = "approved" | "rejected";

/** Everything that is judged again for one cause: the brake counts its holds together. */
export interface Run {
  /** `policy-3`: cause and number. */
  readonly id: string;
  readonly cause: RunCause;
  readonly startedAt: Instant;
  readonly state: RunState;
  /** Holds that were let through. */
  readonly held: number;
  /** Images that it would hold and that can be pulled still. */
  readonly waiting: number;
  /** Present from the stop on. */
  readonly stop?: { readonly at: Instant; readonly why: string };
  readonly decided?: { readonly at: Instant; readonly by: Actor };
}
