import { notWholeSince } from "../../shared/domain/sweep.ts";
import { add, type Duration, parseDuration, printInstant } from "../../shared/domain/time.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { SweepStore } from "../../shared/ports/sweep-store.ts";

/** Sweeps come every few hours, and each is tried again. */
const WHOLE_WITHIN: Duration = parseDuration("1d");

export interface Looking {
  readonly sweeps: Pick<SweepStore, "all">;
  readonly clock: Clock;
}

/**
 * Looks whether registries are compared with what is known: what no event told of is found by nothing else.
 * @throws AdapterError where one was not compared whole for a day
 */
export async function lookAtSweeps({ sweeps, clock }: Looking): Promise<void> {
  for (const [registry, state] of await sweeps.all()) {
    const since = notWholeSince(state);
    if (since === undefined || clock.now() < add(since, WHOLE_WITHIN)) continue;
    throw new AdapterError("timeout", `${registry} has not been compared whole since ${printInstant(since)}`, {
      mend: "the log of on-schedule says what could not be read",
    });
  }
}
