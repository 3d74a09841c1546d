import type { GateDeps } from "../pipeline/deps.ts";
import type { Store } from "../ports/store.ts";

type Memory = Pick<GateDeps, "ledger" | "queue" | "reports" | "evidence" | "runs" | "undos" | "emergencies" | "usage" | "halts">;

/** What of the store the flow needs; it does not close it. */
export function memoryOf({ ledger, queue, reports, evidence, runs, undos, emergencies, usage, halts }: Store): Memory {
  return { ledger, queue, reports, evidence, runs, undos, emergencies, usage, halts };
}
