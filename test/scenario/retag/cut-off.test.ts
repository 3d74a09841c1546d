import { afterEach, describe, expect, test } from "vitest";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import type { GateDeps } from "../../../shared/pipeline/deps.ts";
import { doWork } from "../../../shared/pipeline/do-work.ts";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { headIn, policy, REPOSITORY, signedIn, verbsOf } from "./tagged.ts";

const POLICY = policy('rollBack: ["stable"]');
const LEASE_MS = 60_000;
const CUT = "cut off";

let gate: SmallGate;
afterEach(() => gate.stop());

/** A violating image is pushed under a tag that pointed at a compliant one; nothing has been done yet. */
async function pushed(): Promise<{ readonly good: ImageKey; readonly bad: ImageKey }> {
  const good = await signedIn(gate, "good", ["1.0", "stable"]);
  const bad = await gate.push(REPOSITORY, "1.1", imageNamed("bad"));
  await gate.push(REPOSITORY, "stable", imageNamed("bad"));
  return { good, bad };
}

/** As a worker does it whose process may end on the way: what it had claimed then is neither finished nor put back. @returns whether it got so far */
async function workUntil(deps: GateDeps, isCut: () => boolean = () => false): Promise<boolean> {
  for (;;) {
    const [job] = await deps.queue.claim(1, deps.clock.now(), LEASE_MS);
    if (job === undefined) return false;
    try {
      const outcome = await doWork(deps, job, { queuedAt: job.queuedAt, now: deps.clock.now() });
      if (isCut()) return true;
      await deps.queue.finish(job, outcome, deps.clock.now());
    } catch (error) {
      if (!(error instanceof Error) || error.message !== CUT) throw error;
      return true;
    }
  }
}

/** The store goes away with its nth write of a step of the image, before or after that is durable. */
function losing({ deps }: SmallGate["gate"], nth: number, isAfter: boolean): GateDeps {
  let writes = 0;
  const commit: GateDeps["ledger"]["commit"] = async (step) => {
    const isMeant = step.intents.length + step.outcomes.length > 0;
    if (isMeant) writes += 1;
    if (!isMeant || writes !== nth) return deps.ledger.commit(step);
    if (isAfter) await deps.ledger.commit(step);
    throw new Error(CUT);
  };
  return { ...deps, ledger: { ...deps.ledger, commit } };
}

/** Whoever pulls the tag gets the good image, the bad one is held, each was done once, and all of it can be taken back. */
async function expectDone({ good, bad }: { readonly good: ImageKey; readonly bad: ImageKey }): Promise<void> {
  expect([await headIn(gate, "stable"), await headIn(gate, "1.1")]).toEqual([good.digest, undefined]);
  expect((await gate.record(bad)).hold.kind).toBe("held");
  const done = (await gate.store.ledger.actions(bad)).filter(({ outcome }) => outcome?.kind === "applied");
  expect(done.map(({ action }) => action.verb)).toEqual(["hold", "retag"]);
  expect((await gate.record(bad)).pending).toBeUndefined();
  await gate.gate.operator.release({ image: bad, actor: { name: "ann", reason: "meant so" } });
  await gate.drain();
  expect([await headIn(gate, "stable"), await headIn(gate, "1.1")]).toEqual([bad.digest, bad.digest]);
}

describe("a roll-back and the hold after it", () => {
  test.each([
    ["before the roll-back is written down", 1, false],
    ["after the roll-back was written down", 1, true],
    ["before its outcome is written down", 2, false],
    ["between the two: after the outcome of the roll-back was written down", 2, true],
    ["before the hold is written down", 3, false],
    ["after the hold was written down", 3, true],
    ["before the outcome of the hold is written down", 4, false],
    ["after the outcome of the hold was written down", 4, true],
  ])("cut off %s are brought to their end by the next job", async (_, nth, isAfter) => {
    gate = await startSmallGate(POLICY);
    const images = await pushed();
    expect(await workUntil(losing(gate.gate, nth, isAfter))).toBe(true);
    gate.pass(LEASE_MS + 1_000);
    await gate.drain();
    await expectDone(images);
  });

  test("are never in the wrong order: what is cut off between them leaves the tag on the good image, and the bad one not held yet", async () => {
    gate = await startSmallGate(POLICY);
    const { good, bad } = await pushed();
    await workUntil(losing(gate.gate, 3, false));
    expect(await headIn(gate, "stable")).toBe(good.digest);
    expect((await gate.record(bad)).hold.kind).toBe("free");
    expect(await verbsOf(gate, bad)).toEqual(["roll-back"]);
  });

  test.each([1, 2, 3, 4, 5])("go on where the registry went away with change %i of it", async (nth) => {
    let left = Number.POSITIVE_INFINITY;
    gate = await startSmallGate(POLICY, "off", {
      around: async (request, registry) => {
        if (!["GET", "HEAD"].includes(request.method)) left -= 1;
        return left <= 0 ? new Response("{}", { status: 503, headers: { "retry-after": "0" } }) : registry(request);
      },
    });
    const images = await pushed();
    left = nth;
    expect(await workUntil(gate.gate.deps, () => left <= 0)).toBe(true);
    left = Number.POSITIVE_INFINITY;
    gate.pass(LEASE_MS + 1_000);
    await gate.drain();
    await expectDone(images);
  });
});
