import type { AuditEvent } from "../domain/audit-event.ts";
import type { RegistryHost } from "../domain/image-ref.ts";
import type { ToldPosture } from "../domain/posture.ts";

/** What is known of how a registry is set up: what was told of it, and what is to be told. */
export interface Posture {
  readonly told: readonly ToldPosture[];
  /** Written down before it is told, so that a crash between the two loses nothing. */
  readonly untold: readonly AuditEvent[];
}

export const NOTHING_TOLD: Posture = { told: [], untold: [] };

/** What was told of how each registry is set up. Survives a crash like the ledger. */
export interface PostureStore {
  /**
   * Replaces what is stored by what `change` makes of it, in one transaction. A registry of which nothing was told
   * begins with `NOTHING_TOLD`.
   * @returns what is stored afterwards
   */
  change(registry: RegistryHost, change: (before: Posture) => Posture): Promise<Posture>;
}
