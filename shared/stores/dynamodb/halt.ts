import { GOING, type Halt } from "../../domain/halt.ts";
import type { HaltStore } from "../../ports/halt-store.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";

/** There while the gate is halted; absent while it goes. */
const HALT: Key = { pk: "halt", sk: "halt" };

export function openHalt(documents: Documents): HaltStore {
  return {
    now: async () => (await documents.read<Halt>(HALT)) ?? GOING,
    halt: (by, at) =>
      documents.change(HALT.pk, async (change) => {
        if ((await change.get(HALT)) !== undefined) return false;
        change.put(HALT, { kind: "halted", since: at, by } satisfies Halt);
        return true;
      }),
    resume: () =>
      documents.change(HALT.pk, async (change) => {
        const isHalted = (await change.get(HALT)) !== undefined;
        change.remove(HALT);
        return isHalted;
      }),
  };
}
