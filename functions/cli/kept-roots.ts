import { join } from "node:path";
import { TRUST_ROOTS } from "../local/state.ts";
import type { Flags } from "./flags.ts";
import { stateFolder } from "./gate.ts";

/** Folder of the trusted roots that were fetched from mirrors: that of the gate on this state folder, which a command without a gate uses alike. */
export function keptRoots(flags: Flags): string {
  return join(stateFolder(flags), TRUST_ROOTS);
}
