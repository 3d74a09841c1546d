import { NOTHING_TOLD, type Posture, type PostureStore } from "../../ports/posture-store.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";

const HASH = "posture";

export function openPostures(documents: Documents): PostureStore {
  return {
    change: (registry, change) =>
      documents.change(`${HASH} ${registry}`, async (unit) => {
        const key: Key = { pk: HASH, sk: registry };
        const after = change((await unit.get<Posture>(key)) ?? NOTHING_TOLD);
        unit.put(key, after);
        return after;
      }),
  };
}
