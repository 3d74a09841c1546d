import type { ImageKey, RegistryHost } from "../domain/image-ref.ts";
import type { Standing } from "../domain/take-over.ts";
import type { VerdictKind } from "../domain/verdict.ts";

/** How many images of a registry are there, by verdict, and how many of them nobody has scanned. */
export interface RegistryCounts {
  readonly images: number;
  readonly verdicts: Readonly<Record<VerdictKind, number>>;
  readonly withoutFindings: number;
}

/** Whether the gate may act in a registry, with the plan that was shown for it. Survives a crash like the ledger. */
export interface StandingStore {
  /** Of every registry that was ever watched. */
  all(): Promise<ReadonlyMap<RegistryHost, Standing>>;
  /**
   * Replaces what is stored by what `change` makes of it, in one transaction; `undefined` from it leaves it as it is. `shown`: takes the place of
   * the images that the plan seen last would hold.
   * @returns what is stored afterwards
   */
  change(
    registry: RegistryHost,
    change: (before: Standing | undefined) => Standing | undefined,
    shown?: readonly ImageKey[],
  ): Promise<Standing | undefined>;
  /** Images that the plan seen last would hold, of those asked for. */
  shown(images: readonly ImageKey[]): Promise<readonly ImageKey[]>;
  counts(registry: RegistryHost): Promise<RegistryCounts>;
}
