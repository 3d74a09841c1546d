import { afterEach, beforeEach, expect, test } from "vitest";
import { buildIndex } from "../../../functions/local/samples/image.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { admit } from "../../../shared/pipeline/admit.ts";
import type { GateDeps } from "../../../shared/pipeline/deps.ts";
import { hold } from "../../../shared/pipeline/operate.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

/** A platform that a person holds: an index that can be pulled misses it. */

const ANN = { name: "ann", reason: "poisoned" };
const LABELS = SIGNED_POLICY.replace(/- \{ id: signed.*\}/, "- { id: clean, rule: configuration, labels: { forbidden: [bad] } }");

let gate: SmallGate;
let part: ImageKey;
let index: ImageKey;

beforeEach(async () => {
  gate = await startSmallGate(LABELS);
  part = await gate.push("shop/api", undefined, imageNamed("arm"));
  const platform = { os: "linux", architecture: "arm64" };
  index = await gate.push("shop/api", "1.0", { manifest: buildIndex([{ image: imageNamed("arm"), platform }]), blobs: [] });
  await gate.drain();
});
afterEach(() => gate.stop());

const verdict = async () => (await gate.record(index)).verdict?.kind;

test("the index is judged again when it is held, and when it is released", async () => {
  expect(await verdict()).toBe("compliant");
  await gate.gate.operator.hold({ image: part, actor: ANN });
  await gate.drain();
  expect(await verdict()).toBe("indeterminate");
  expect((await gate.record(part)).hold.kind).toBe("held");
  await gate.gate.operator.release({ image: part, actor: ANN });
  await gate.drain();
  expect(await verdict()).toBe("compliant");
});

test("an index that another process judges before the hold is written down leaves the part where it was moved", async () => {
  const { ledger, ...others } = gate.gate.deps;
  const deps: GateDeps = { ...gate.gate.deps, locks: { run: async (_, work) => work() } };
  const commit: typeof ledger.commit = async (step) => {
    const now = deps.clock.now();
    if (step.outcomes.length > 0) await admit(deps, { ...index, origin: "event" }, { queuedAt: now, now });
    return ledger.commit(step);
  };
  await hold({ ...others, ledger: { ...ledger, commit } }, { image: part, actor: ANN });
  expect(await pull(gate, "shop/api", part.digest)).toBeUndefined();
  await gate.drain();
  expect(await verdict()).toBe("indeterminate");
  expect(await pull(gate, "shop/api", part.digest)).toBeUndefined();
});
