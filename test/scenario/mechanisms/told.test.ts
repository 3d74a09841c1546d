import { afterEach, expect, test } from "vitest";
import type { Strength } from "../../../shared/domain/action.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { policy, signedIn, unsignedIn } from "../retag/tagged.ts";

/** What the SOC is told with a verdict: whether anything stops a pull because of it. */

const ANN = { name: "ann", reason: "INC-12" };
const DRY = (text: string): string => text.replace("mode: enforce", "mode: dry-run");
const LIMITS = {
  images: 1,
  perHour: 1,
  ofRepository: 100,
  lastTag: true,
  lastCompliant: false,
  pulledWithin: "off",
  protected: [],
} as const;

let gate: SmallGate;
afterEach(() => gate.stop());

async function told(key: ImageKey): Promise<Strength | "none" | undefined> {
  const events = (await gate.store.ledger.journal(0, 1_000)).map(({ event }) => event);
  return events.flatMap((event) => (event.kind === "judged" && event.image.digest === key.digest ? [event] : [])).at(-1)?.stops;
}

test("what begins to be held, as hard as its registry can", async () => {
  gate = await startSmallGate();
  expect(await told(await unsignedIn(gate, "bad", ["1.0"]))).toBe("hidden");
});

test("what is held once its tag was rolled back", async () => {
  gate = await startSmallGate(policy("rollBack: [stable]"));
  await signedIn(gate, "good", ["1.0", "stable"]);
  expect(await told(await unsignedIn(gate, "bad", ["stable"]))).toBe("hidden");
});

test("nothing of what complies", async () => {
  gate = await startSmallGate();
  const good = await signedIn(gate, "good", ["1.0"]);
  expect(await told(good)).toBeUndefined();
});

test("no stop of what is only marked, nor of what a stopped gate leaves", async () => {
  gate = await startSmallGate(policy("onViolation: mark"));
  expect(await told(await unsignedIn(gate, "marked", ["1.0"]))).toBe("none");
  await gate.changePolicy(SIGNED_POLICY);
  await gate.gate.operator.stop(ANN);
  expect(await told(await unsignedIn(gate, "left", ["1.1"]))).toBe("none");
});

test("no stop of what may be in use and has a deadline", async () => {
  gate = await startSmallGate(DRY(SIGNED_POLICY.replace("deadline: 0s, afterwards: hold", "deadline: 7d")));
  const key = await unsignedIn(gate, "bad", ["1.0"]);
  await gate.changePolicy(SIGNED_POLICY.replace("deadline: 0s, afterwards: hold", "deadline: 7d"));
  await gate.drain();
  expect((await gate.record(key)).deadline).toBeDefined();
  expect(await told(key)).toBe("none");
});

test("no stop of what the brake spares", async () => {
  gate = await startSmallGate(DRY(SIGNED_POLICY), LIMITS);
  const key = await unsignedIn(gate, "bad", ["1.0"]);
  await gate.changePolicy(SIGNED_POLICY);
  await gate.drain();
  expect((await gate.record(key)).isBraked).toBe(true);
  expect(await told(key)).toBe("none");
});
