import type { RegistryHost } from "../domain/image-ref.ts";
import type { SweepPlace, SweepState } from "../domain/sweep.ts";
import type { Instant } from "../domain/time.ts";

/** How far sweeps have come, for whichever process sweeps next. */
export interface SweepStore {
  /** Of every registry that was ever swept. */
  all(): Promise<ReadonlyMap<RegistryHost, SweepState>>;
  leave(registry: RegistryHost, place: SweepPlace): Promise<void>;
  /** It came to its end. `wholeAt`: absent where not all could be compared. */
  end(registry: RegistryHost, wholeAt?: Instant): Promise<void>;
}
