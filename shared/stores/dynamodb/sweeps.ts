import { parseRegistryHost, type RegistryHost } from "../../domain/image-ref.ts";
import { ended, type SweepState } from "../../domain/sweep.ts";
import type { SweepStore } from "../../ports/sweep-store.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";

const HASH = "sweep";
const keyOf = (registry: RegistryHost): Key => ({ pk: HASH, sk: registry });
const nameOf = (registry: RegistryHost): string => `sweep ${registry}`;

export function openSweeps(documents: Documents): SweepStore {
  function change(registry: RegistryHost, next: (before: SweepState) => SweepState): Promise<void> {
    const key = keyOf(registry);
    return documents.change(nameOf(registry), async (unit) => unit.put(key, next((await unit.get<SweepState>(key)) ?? {})));
  }
  return {
    async all() {
      const found = new Map<RegistryHost, SweepState>();
      for await (const { key, body } of documents.list<SweepState>({ hash: HASH })) found.set(parseRegistryHost(key.sk), body);
      return found;
    },
    leave: (registry, left) => change(registry, (before) => ({ ...before, left })),
    end: (registry, place) => change(registry, (before) => ended(before, place)),
    forget: (registry) =>
      documents.change(nameOf(registry), async (unit) => {
        const key = keyOf(registry);
        if ((await unit.get<SweepState>(key)) !== undefined) unit.remove(key);
      }),
  };
}
