import type { RegistryHost, Repository } from "../domain/image-ref.ts";

/** Where a sweep of a registry was cut off by its time. */
export interface SweepPlace {
  /** Every repository up to this one is compared, in the order of their names; absent: none is. */
  readonly through?: Repository;
}

/** Sweeps that have not come to their end. One that is killed leaves the place that it began from. */
export interface SweepStore {
  /** By registry; none of those that were compared whole. */
  left(): Promise<ReadonlyMap<RegistryHost, SweepPlace>>;
  leave(registry: RegistryHost, place: SweepPlace): Promise<void>;
  /** It is compared whole. */
  end(registry: RegistryHost): Promise<void>;
}
