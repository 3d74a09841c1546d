import type { DeadLetter, SinkState, SinkStore } from "../../ports/audit-sink.ts";
import type { Documents } from "./documents.ts";
import { padded } from "./stamps.ts";

const NEW: SinkState = { cursor: 0, state: "active", failures: 0, nextAt: 0, delivered: 0, dead: 0 };

export function openSinks(documents: Documents): SinkStore {
  const sinkKey = (name: string) => ({ pk: `sink#${name}`, sk: "state" });
  const deadHash = (name: string) => `dead-letter#${name}`;
  return {
    sink: async (name) => (await documents.read<SinkState>(sinkKey(name))) ?? NEW,
    save: (name, state, dead) =>
      documents.change(`sink ${name}`, async (change) => {
        const there = await change.get<SinkState>(sinkKey(name));
        // What comes late, from a function that stood still, would have all that others sent meanwhile sent again.
        if (there === undefined || there.cursor <= state.cursor) change.put(sinkKey(name), state);
        for (const letter of dead) {
          const key = { pk: deadHash(name), sk: padded(letter.sequence) };
          await change.get(key);
          change.put(key, letter);
        }
      }),
    async deadLetters(name, limit) {
      const found: DeadLetter[] = [];
      for await (const { body } of documents.list<DeadLetter>({ hash: deadHash(name), descending: true, page: Math.max(1, limit) })) {
        if (found.length >= limit) break;
        found.push(body);
      }
      return found;
    },
  };
}
