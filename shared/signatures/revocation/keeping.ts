import { AdapterError } from "../../ports/adapter-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { RevocationStore } from "../../ports/revocation-store.ts";
import { openMemory } from "./memory.ts";

export interface KeepingSettings {
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: answers are kept as long as the process lives. */
  readonly store?: RevocationStore;
}

/** Answers in memory, and behind that in the store. A store that fails costs a question, and nobody the judgement. */
export function openKeeping({ log, store }: KeepingSettings): RevocationStore {
  const memory = openMemory();
  async function tolerate<T>(work: Promise<T> | undefined): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      log.warn("Answers about revocation could not be kept or read.", { code: error.code, why: error.message });
      return undefined;
    }
  }
  return {
    async find(question) {
      const known = memory.get(question) ?? (await tolerate(store?.find(question)));
      // Again, if it was there: it was used last.
      if (known !== undefined) memory.set(question, known);
      return known;
    },
    async keep(question, answer) {
      // Whoever asked the same at the same time got the same bytes and has kept them.
      if (memory.get(question)?.bytes === answer.bytes) return;
      memory.set(question, answer);
      await tolerate<void>(store?.keep(question, answer));
    },
  };
}
