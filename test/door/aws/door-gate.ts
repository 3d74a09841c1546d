import { randomUUID } from "node:crypto";
import type { FunctionSettings } from "../../../functions/aws/environment.ts";
import type { Wired } from "../../../functions/aws/wire.ts";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { openLog } from "../../../shared/runtime/log.ts";
import type { Announced, SmallGate } from "../../fakes/small-gate.ts";

export interface Wiring {
  readonly wired: Wired;
  /** Lines of the log, oldest first. */
  readonly lines: string[];
}

/** The parts of a gate over the embedded registry as `wire` puts them together, with another store. */
export function wiringOf(small: SmallGate, settings: Partial<FunctionSettings> = {}): Wiring {
  const lines: string[] = [];
  const clock = small.gate.deps.clock;
  const log = openLog({ level: "info", clock, write: (line) => void lines.push(line) });
  const gate = { ...small.gate, deps: { ...small.gate.deps, log } };
  const file = parseSettings("apiVersion: moorgate.dev/v1\nkind: Settings\n", "moorgate.yaml", {}, () => async () => undefined);
  const defaults: FunctionSettings = {
    policyFile: "policy.yaml",
    settingsFile: "moorgate.yaml",
    trustRoots: "/tmp",
    hosts: [],
    logLevel: "info",
  };
  const wired: Wired = { gate, store: small.store, file, settings: { ...defaults, ...settings }, clock, log, freshen: async () => {} };
  return { wired, lines };
}

/** A notification of a distribution registry, as somebody put it on the bus. */
export function notification(host: string, { actor, action, ...target }: Announced): string {
  const event = { id: randomUUID(), action, target, request: { host }, actor: { name: actor }, timestamp: "2026-11-22T03:00:00Z" };
  return JSON.stringify({ events: [event] });
}
