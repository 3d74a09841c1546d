import type { RegistryHost } from "../domain/image-ref.ts";
import type { SweepPlace, SweepState } from "../domain/sweep.ts";

/** How far sweeps have come, for whichever process sweeps next. */
export interface SweepStore {
  /** Of every registry that was ever swept. */
  all(): Promise<ReadonlyMap<RegistryHost, SweepState>>;
  leave(registry: RegistryHost, place: SweepPlace): Promise<void>;
  /** A sweep that was at `place` came to its end. */
  end(registry: RegistryHost, place: SweepPlace): Promise<void>;
  /** Of a registry that is not watched any more. */
  forget(registry: RegistryHost): Promise<void>;
}
