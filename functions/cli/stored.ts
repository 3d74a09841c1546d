import { existsSync } from "node:fs";
import { join } from "node:path";
import { type History, openHistory } from "../../shared/compose/history.ts";
import { activate } from "../../shared/compose/policy-file.ts";
import type { Policy } from "../../shared/policy/document.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { openLog } from "../../shared/runtime/log.ts";
import { usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";
import { stateFolder } from "./gate.ts";
import { keptRoots } from "./kept-roots.ts";
import { readText } from "./read-text.ts";
import { storedPlace } from "./stored-place.ts";

export interface NamedPolicy {
  readonly file: string;
  readonly policy: Policy;
}

/** The policy that is named, else that of the state folder. `what` was to be done. @throws CliError, PolicyError, ParseError */
export function policyOf(flags: Flags, what: string): NamedPolicy {
  const file = flags.text("policy") ?? inForce(stateFolder(flags), what, "--policy FILE");
  return { file, policy: activate(readText(file, "policy"), file, keptRoots(flags)).policy };
}

/** Where `moorgate up` keeps the policy unless it was told otherwise. */
export function inForce(state: string, what: string, flag: string): string {
  const file = join(state, "policy.yaml");
  if (existsSync(file)) return file;
  throw usageError(what, `there is no ${file}`, `name the policy in force: ${flag}`);
}

/** Everything that the gate of the state folder has known, while `use` looks at it. @throws CliError, AdapterError */
export async function withHistory<T>(flags: Flags, what: string, use: (history: History) => Promise<T>): Promise<T> {
  const { place, settings } = storedPlace(stateFolder(flags), what);
  const history = await openHistory(place, settings, openLog({ level: "silent", clock: systemClock }));
  try {
    return await use(history);
  } finally {
    await history.close();
  }
}
