import type { RegistryHost } from "../domain/image-ref.ts";
import type { Standing } from "../domain/take-over.ts";
import type { StandingStore } from "../ports/standing-store.ts";

/** Standings as last read: asked for each step that may act. Behind another process it only knows less, and then the gate acts less. */
export interface Standings extends Pick<StandingStore, "change" | "shown" | "counts"> {
  of(registry: RegistryHost): Standing | undefined;
  /** Learns what another process has changed. */
  refresh(): Promise<void>;
}

export async function openStandings(store: StandingStore): Promise<Standings> {
  let known = new Map(await store.all());
  return {
    of: (registry) => known.get(registry),
    async refresh() {
      known = new Map(await store.all());
    },
    async change(registry, change, shown) {
      const after = await store.change(registry, change, shown);
      if (after !== undefined) known.set(registry, after);
      return after;
    },
    shown: store.shown,
    counts: store.counts,
  };
}
