import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HistorySettings } from "../../shared/compose/history.ts";
import { parseHistorySettings } from "../../shared/compose/settings.ts";
import { LEDGER_FILE } from "../local/state.ts";
import { failure } from "./fault.ts";
import { readText } from "./read-text.ts";

const SETTINGS = "moorgate.yaml";
const NO_SETTINGS = "apiVersion: moorgate.dev/v1\nkind: Settings\n";

export interface StoredPlace {
  /** Of the gate's store: what the settings name, else the file in its state folder. */
  readonly place: string;
  readonly settings: HistorySettings;
}

/** `what` was to be done. @throws CliError, PolicyError */
export function storedPlace(state: string, what: string): StoredPlace {
  const settings = parseHistorySettings(existsSync(SETTINGS) ? readText(SETTINGS, "settings") : NO_SETTINGS, SETTINGS);
  if (settings.store !== undefined) return { place: settings.store, settings };
  const place = join(state, LEDGER_FILE);
  // Opening would make an empty store, in which nothing is known and every journal is whole.
  if (!existsSync(place)) throw failure("not-found", what, `there is no ${place}`, "name the state folder with --state");
  return { place, settings };
}
