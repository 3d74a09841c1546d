import { parked } from "../audit/record.ts";
import type { Job } from "../ports/work-queue.ts";
import type { GateDeps } from "./deps.ts";
import { present, runOf } from "./work.ts";

/** Tells the journal that a piece of work is given up. It stays in the queue's parked list, with the reason. */
export async function tellParked(deps: Pick<GateDeps, "ledger" | "clock">, job: Job, why: string): Promise<void> {
  await deps.ledger.append([parked({ work: job.key, why, at: deps.clock.now(), ...present({ partOf: runOf(job) }) })]);
}
