import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LEASE_MS, runJob } from "../../../shared/pipeline/run-job.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

let gate: SmallGate;
beforeEach(async () => {
  gate = await startSmallGate();
});
afterEach(async () => {
  vi.useRealTimers();
  await gate.stop();
});

test("a lease that cannot be renewed ends neither the job nor the process", async () => {
  const key = await gate.push("shop/api", "1.0", imageNamed("slow"));
  const { deps } = gate.gate;
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const renewals: string[] = [];
  const queue = {
    ...deps.queue,
    async extend() {
      renewals.push("refused");
      throw new AdapterError("rate-limited", "the store takes no more requests now", { retryable: true });
    },
  };
  const ledger = {
    ...deps.ledger,
    image: (asked: typeof key) => {
      vi.advanceTimersByTime(LEASE_MS);
      return deps.ledger.image(asked);
    },
  };
  const [job] = await deps.queue.claim(1, deps.clock.now(), LEASE_MS);
  if (job === undefined) throw new Error("nothing was queued");
  await runJob({ ...deps, queue, ledger }, job);
  expect(renewals.length).toBeGreaterThan(0);
  expect((await gate.record(key)).verdict?.kind).toBe("violating");
  expect((await deps.queue.depth()).running).toBe(0);
});
