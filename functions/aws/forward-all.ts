import { forward } from "../../shared/pipeline/forward.ts";
import type { Turn } from "./turn.ts";
import type { Wired } from "./wire.ts";

/**
 * Numbers what the journal has, and hands it to each sink. A sink that is down or slow keeps no other waiting, and what it does not take now is sent later.
 * @returns whether the time was enough
 */
export async function forwardAll({ gate, store, clock, log }: Wired, turn: Turn): Promise<boolean> {
  const deps = { ledger: gate.deps.ledger, sinks: store.sinks, log };
  const passes = gate.sinks.map(async (sink) => {
    while (turn.canBegin()) {
      if ((await forward(deps, sink, clock.now(), turn.signal)).kind !== "more") return true;
    }
    return false;
  });
  return (await Promise.all(passes)).every((isEnough) => isEnough);
}
