import { parseRegistryHost, type RegistryHost } from "../../domain/image-ref.ts";
import type { SweepPlace, SweepStore } from "../../ports/sweep-store.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";

const HASH = "sweep";

export function openSweeps(documents: Documents): SweepStore {
  const keyOf = (registry: RegistryHost): Key => ({ pk: HASH, sk: registry });
  return {
    async left() {
      const found = new Map<RegistryHost, SweepPlace>();
      for await (const { key, body } of documents.list<SweepPlace>({ hash: HASH })) found.set(parseRegistryHost(key.sk), body);
      return found;
    },
    leave: (registry, place) =>
      documents.change(`sweep ${registry}`, async (change) => {
        await change.get(keyOf(registry));
        change.put(keyOf(registry), place);
      }),
    end: (registry) =>
      documents.change(`sweep ${registry}`, async (change) => {
        if ((await change.get(keyOf(registry))) !== undefined) change.remove(keyOf(registry));
      }),
  };
}
