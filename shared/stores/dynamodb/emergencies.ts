import type { Emergency, EmergencyStore } from "../../ports/emergency.ts";
import type { Documents } from "./documents.ts";
import { padded, type Stamps } from "./stamps.ts";

const HASH = "emergency";
/** Sorts after every number. */
const NUMBERS_END = "9";

interface Pointer {
  readonly sort: string;
}

/** Listed by the time of their beginning; found by the id of their run. Each is a rare thing that a person began. */
export function openEmergencies(documents: Documents, stamps: Stamps): EmergencyStore {
  const pointerKey = (run: string) => ({ pk: `emergency#${run}`, sk: "number" });
  return {
    begin: (emergency) =>
      documents.change(HASH, async (change) => {
        if ((await change.get(pointerKey(emergency.run))) !== undefined) return;
        const sort = padded(stamps());
        change.put(pointerKey(emergency.run), { sort } satisfies Pointer);
        change.put({ pk: HASH, sk: sort }, emergency);
      }),
    async find(run) {
      const pointer = await documents.read<Pointer>(pointerKey(run));
      return pointer === undefined ? undefined : documents.read<Emergency>({ pk: HASH, sk: pointer.sort });
    },
    async list({ open, limit }) {
      const found: Emergency[] = [];
      for await (const { body } of documents.list<Emergency>({ hash: HASH, to: NUMBERS_END, descending: true })) {
        if (found.length >= limit) break;
        if (open !== true || body.endedAt === undefined) found.push(body);
      }
      return found;
    },
    end: (run, at) =>
      documents.change(HASH, async (change) => {
        const pointer = await documents.read<Pointer>(pointerKey(run));
        if (pointer === undefined) return;
        const key = { pk: HASH, sk: pointer.sort };
        const emergency = await change.get<Emergency>(key);
        if (emergency !== undefined && emergency.endedAt === undefined) change.put(key, { ...emergency, endedAt: at });
      }),
  };
}
