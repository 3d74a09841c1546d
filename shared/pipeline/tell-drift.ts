import { drifted } from "../audit/record.ts";
import type { SetupChange } from "../domain/setup-change.ts";
import type { Instant } from "../domain/time.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { isGate } from "./receive-pulls.ts";

/** Tells the journal what others changed of a watched registry's set-up, once however often it is delivered. What the gate itself did is told as its act. */
export async function tellDrift(
  { ledger }: Pick<GateDeps, "ledger">,
  watchedFor: (change: SetupChange) => WatchedRegistry | undefined,
  changes: readonly SetupChange[],
  now: Instant,
): Promise<void> {
  const told = changes.flatMap((change) => {
    const watched = watchedFor(change);
    if (watched === undefined || isGate(watched, change.actor)) return [];
    return [{ ...change, registry: watched.registry.host }];
  });
  const against = await Promise.all(told.map(async (change) => ((await isDrift(ledger, change)) ? [drifted(change, now)] : [])));
  const events = against.flat();
  if (events.length > 0) await ledger.append(events);
}

/** What is about one image counts where it undoes a hold: restored by the gate itself, which may have no name in events, it is free by then or on its way. */
async function isDrift(ledger: GateDeps["ledger"], { registry, repository, digest }: SetupChange): Promise<boolean> {
  if (repository === undefined || digest === undefined) return true;
  const record = await ledger.image({ registry, repository, digest });
  return record?.hold.kind === "held" && record.pending === undefined;
}
