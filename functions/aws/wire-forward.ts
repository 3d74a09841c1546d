import { readFileSync } from "node:fs";
import { parseForwardSettings } from "../../shared/compose/settings.ts";
import { openSinks } from "../../shared/compose/sinks.ts";
import { openForReading } from "../../shared/compose/store.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { type Environment, readEnvironment } from "../../shared/runtime/config.ts";
import { openLog } from "../../shared/runtime/log.ts";
import { placeOf, readFunctionSettings } from "./environment.ts";
import type { Forwarding } from "./forward-all.ts";
import { once } from "./once.ts";
import { withSecrets } from "./secrets.ts";
import { version } from "./version.ts";

/** The journal and its sinks, once for each container: no policy, no registry. */
export const wiredForward = once(() => wireForward(readEnvironment(), systemClock));

/** @throws ParseError, PolicyError on settings; AdapterError */
export async function wireForward(environment: Environment, clock: Clock): Promise<Forwarding> {
  const { secrets, settingsFile, logLevel, ...settings } = readFunctionSettings(environment);
  const whole = await withSecrets(environment, secrets);
  const file = parseForwardSettings(readFileSync(settingsFile, "utf8"), settingsFile, whole);
  // Entries were signed when they were written: here they are numbered and read.
  const store = await openForReading(placeOf(settings, file.store));
  const sinks = await openSinks(file.sinks, version);
  const outbox = store.outbox === undefined ? {} : { outbox: store.outbox };
  return { ledger: store.ledger, ...outbox, places: store.sinks, sinks, clock, log: openLog({ level: logLevel, clock }) };
}
