import { admit } from "../../shared/pipeline/admit.ts";
import type { GateDeps } from "../../shared/pipeline/deps.ts";
import { readJudgeWork } from "../../shared/pipeline/work.ts";
import type { SmallGate } from "./small-gate.ts";

/** Does so many jobs of the queue, as a worker would. */
export async function work({ gate }: SmallGate, count: number, deps: GateDeps = gate.deps): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const [job] = await deps.queue.claim(1, deps.clock.now(), 60_000);
    if (job === undefined) throw new Error("nothing is queued");
    const outcome = await admit(deps, readJudgeWork(job.payload), { queuedAt: job.queuedAt, now: deps.clock.now() });
    await deps.queue.finish(job, outcome, deps.clock.now());
  }
}

/** The same gate, where something happens as soon as an act is written down and before it is done. */
export function afterIntent({ gate }: SmallGate, happens: () => Promise<unknown>): GateDeps {
  const { ledger, ...deps } = gate.deps;
  const commit: typeof ledger.commit = async (step) => {
    const result = await ledger.commit(step);
    if (step.intents.length > 0) await happens();
    return result;
  };
  return { ...deps, ledger: { ...ledger, commit } };
}
