import type { Actor } from "../domain/action.ts";
import type { Halt } from "../domain/halt.ts";
import type { Instant } from "../domain/time.ts";

/** The one switch that stops all that the gate does of itself. Survives a crash like the ledger, and every process of the store sees it. */
export interface HaltStore {
  /** As it stands at this moment: asked immediately before each act. */
  now(): Promise<Halt>;
  /** @returns whether it was going; who halted it first stays the one who did. */
  halt(by: Actor, at: Instant): Promise<boolean>;
  /** @returns whether it was halted. */
  resume(): Promise<boolean>;
}
