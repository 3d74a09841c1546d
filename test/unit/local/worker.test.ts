import { expect, test } from "vitest";
import { startWorkers } from "../../../functions/local/worker.ts";
import { instant } from "../../../shared/domain/time.ts";
import type { JobResult } from "../../../shared/ports/work-queue.ts";
import { startSmallGate } from "../../fakes/small-gate.ts";

test("work that is tried again waits for whole milliseconds, which are all that a store takes", async () => {
  const gate = await startSmallGate();
  try {
    const { deps } = gate.gate;
    const now = deps.clock.now();
    await deps.queue.put([{ kind: "judge", key: "broken", group: "broken", payload: "no JSON", notBefore: now }], now);
    const ends = Promise.withResolvers<JobResult>();
    const finish: typeof deps.queue.finish = async (job, result, at) => {
      ends.resolve(result);
      return deps.queue.finish(job, result, at);
    };
    const workers = startWorkers({ ...deps, queue: { ...deps.queue, finish } }, 1);
    const end = await ends.promise;
    await workers.stop();
    expect(end).toMatchObject({ kind: "retry", at: instant(end.kind === "retry" ? Math.floor(end.at) : 0) });
  } finally {
    await gate.stop();
  }
});
