import { forward } from "../../shared/pipeline/forward.ts";
import type { AuditSink, SinkStore } from "../../shared/ports/audit-sink.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Ledger } from "../../shared/ports/ledger.ts";
import type { Log } from "../../shared/ports/log.ts";
import type { Outbox } from "../../shared/ports/outbox.ts";
import type { Turn } from "./turn.ts";

export interface Forwarding {
  readonly ledger: Pick<Ledger, "journal">;
  readonly outbox?: Outbox;
  /** How far each sink is. */
  readonly places: SinkStore;
  readonly sinks: readonly AuditSink[];
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Numbers what the journal has, and hands it to each sink. A sink that is down or slow keeps no other waiting, and what it does not take now is sent later.
 * @returns whether the time was enough
 */
export async function forwardAll({ ledger, places, sinks, clock, log }: Forwarding, turn: Turn): Promise<boolean> {
  // Without a sink too: who reads the journal later finds it in order.
  if (sinks.length === 0) await ledger.journal(0, 1);
  const passes = sinks.map(async (sink) => {
    while (turn.canBegin()) {
      if ((await forward({ ledger, sinks: places, log }, sink, clock.now(), turn.signal)).kind !== "more") return true;
    }
    return false;
  });
  return (await Promise.all(passes)).every((isEnough) => isEnough);
}
