import { expect, test } from "vitest";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { type Attempt, type CarriedOut, carryOut, finishPending } from "../../../shared/pipeline/carry-out.ts";
import type { GateDeps, WatchedRegistry } from "../../../shared/pipeline/deps.ts";
import { doWork } from "../../../shared/pipeline/do-work.ts";
import { namedLocks } from "../../../shared/runtime/locks.ts";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

/** A hold was planned and written down, and its process ended before it began. */
async function planned(gate: SmallGate): Promise<ImageKey> {
  const { deps } = gate.gate;
  const key = await gate.push("shop/api", "1.0", imageNamed("one"));
  const killed = async (): Promise<never> => {
    throw new Error("killed");
  };
  const registries = new Map([...deps.registries].map(([host, each]) => [host, { ...each, registry: { ...each.registry, hold: killed } }]));
  const [job] = await deps.queue.claim(1, deps.clock.now(), 60_000);
  if (job === undefined) throw new Error("nothing was told");
  await expect(doWork({ ...deps, registries }, job, attemptOf(deps))).rejects.toThrow("killed");
  return key;
}

function attemptOf({ clock }: GateDeps): Attempt {
  return { queuedAt: clock.now(), now: clock.now() };
}

/** Two functions share the store and the registry, and nothing else. */
function processOf(deps: GateDeps): GateDeps {
  return { ...deps, locks: namedLocks() };
}

test("who planned a hold does not call it off because another process has just carried it out", async () => {
  const gate = await startSmallGate();
  try {
    const { deps } = gate.gate;
    const record = await gate.record(await planned(gate));
    const watched = deps.registries.get(record.key.registry);
    const { pending } = record;
    if (watched === undefined || pending === undefined) throw new Error("no hold is planned");
    let late: CarriedOut | undefined;
    const hold: WatchedRegistry["registry"]["hold"] = async (action, signal) => {
      const done = await watched.registry.hold(action, signal);
      late = await carryOut(processOf(deps), watched, record, pending, attemptOf(deps));
      return done;
    };
    const other = { ...watched, registry: { ...watched.registry, hold } };
    const resumed = await finishPending(processOf(deps), other, record, pending, attemptOf(deps));
    expect([late?.kind, resumed]).toMatchObject(["later", { kind: "ready", outcome: { kind: "applied" } }]);
    expect((await gate.record(record.key)).hold.kind).toBe("held");
  } finally {
    await gate.stop();
  }
});
