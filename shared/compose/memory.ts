import type { GateDeps } from "../pipeline/deps.ts";
import { present } from "../pipeline/work.ts";
import type { Store } from "../ports/store.ts";

type Memory = Pick<
  GateDeps,
  "ledger" | "queue" | "reports" | "evidence" | "runs" | "undos" | "emergencies" | "usage" | "halts" | "sweeps" | "rechecks"
>;

/** What of the store the flow needs; it does not close it. */
export function memoryOf({ ledger, queue, reports, evidence, runs, undos, emergencies, usage, halts, sweeps, rechecks }: Store): Memory {
  return { ledger, queue, reports, evidence, runs, undos, emergencies, usage, halts, sweeps, ...present({ rechecks }) };
}
