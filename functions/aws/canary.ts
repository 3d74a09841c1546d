import { openForReading } from "../../shared/compose/store.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { readEnvironment } from "../../shared/runtime/config.ts";
import { door } from "./door.ts";
import { placeOf, readFunctionSettings } from "./environment.ts";
import { type Looking, lookAtSweeps } from "./look-at-sweeps.ts";
import { once } from "./once.ts";
import { send } from "./queue.ts";
import { type CanaryDeps, sing } from "./sing.ts";

/** A message waits for a container that starts, and for a batch that fills. */
const WAIT_MS = 20_000;

const open = once(async (): Promise<CanaryDeps & Looking> => {
  const { eventsQueue, ...settings } = readFunctionSettings(readEnvironment());
  if (eventsQueue === undefined) throw new ParseError("MOORGATE_EVENTS_QUEUE", "it is not set", "give the queue's URL");
  const { queue, sweeps } = await openForReading(placeOf(settings, undefined));
  return { queue, sweeps, send: (text) => send(eventsQueue, text), clock: systemClock, waitMs: WAIT_MS };
});

/**
 * Woken by a schedule: shows that what is in the queue of events is worked off, and that sweeps find what does not get there. Rules are not on its way: whether
 * these hand their events over is told by alarms of their own.
 */
export const handler = door(async () => {
  const deps = await open();
  await sing(deps);
  await lookAtSweeps(deps);
});
