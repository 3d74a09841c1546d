import { afterEach, describe, expect, test } from "vitest";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { imageNamed, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

/** What a person asks for that is so already: nothing is to be done at the registry, and it is that person's word from then on. */

const CREATED = "2026-01-01T00:00:00Z";
const ANN = { name: "ann", reason: "evidence for INC-12" };

let gate: SmallGate;
afterEach(() => gate.stop());

async function pushed(policy = SIGNED_POLICY): Promise<ImageKey> {
  gate = await startSmallGate(policy);
  const key = await gate.push("shop/api", "1.0", imageNamed("unsigned"));
  await gate.drain();
  return key;
}

async function decisions(): Promise<readonly unknown[]> {
  const entries = await gate.store.ledger.journal(0, 1_000);
  return entries.flatMap(({ event }) => (event.kind === "decided" ? [{ stays: event.stays, by: event.by, image: event.image }] : []));
}

describe("a hold of what the policy holds", () => {
  test("keeps it held when it complies later, and the journal says by whom", async () => {
    const key = await pushed();
    const actions = (await gate.store.ledger.actions(key)).length;
    const answer = await gate.gate.operator.hold({ image: key, actor: ANN });
    expect(answer).toMatchObject({ kind: "there", record: { hold: { kind: "held" }, override: { kind: "hold", actor: ANN } } });
    await gate.attach("shop/api", signImage(gate.key, imageNamed("unsigned").manifest, CREATED));
    await gate.drain();
    expect(await gate.record(key)).toMatchObject({ verdict: { kind: "compliant" }, hold: { kind: "held" } });
    expect((await gate.store.ledger.actions(key)).length).toBe(actions);
    expect(await decisions()).toEqual([{ stays: "held", by: ANN, image: key }]);
  });

  test("in a dry run says so and writes nothing down", async () => {
    const key = await pushed();
    const before = await gate.record(key);
    const answer = await gate.gate.operator.hold({ image: key, actor: ANN, dryRun: true });
    expect(answer).toMatchObject({ kind: "plan", record: { key } });
    expect(answer).not.toHaveProperty("action");
    expect("sentences" in answer ? answer.sentences.join(" ") : "").toContain("until somebody releases it");
    expect(await gate.record(key)).toEqual(before);
    expect(await decisions()).toEqual([]);
  });

  test("said once more is told once more, and what others ask of the image afterwards is not", async () => {
    const key = await pushed();
    for (const name of ["ann", "ben"]) {
      gate.pass(1_000);
      await gate.gate.operator.hold({ image: key, actor: { ...ANN, name } });
    }
    gate.pass(60_000);
    await gate.gate.operator.sweep();
    await gate.drain();
    expect(await decisions()).toMatchObject([{ by: { name: "ann" } }, { by: { name: "ben" } }]);
  });
});

describe("a release of what is free", () => {
  test("keeps a violating image free when the policy is enforced later", async () => {
    const key = await pushed(SIGNED_POLICY.replace("mode: enforce", "mode: dry-run"));
    expect(await gate.gate.operator.release({ image: key, actor: ANN })).toMatchObject({
      kind: "there",
      record: { hold: { kind: "free" } },
    });
    await gate.changePolicy(SIGNED_POLICY);
    await gate.drain();
    expect(await gate.record(key)).toMatchObject({ verdict: { kind: "violating", mode: "enforce" }, hold: { kind: "free" } });
    expect(await decisions()).toEqual([{ stays: "free", by: ANN, image: key }]);
  });

  test("needs nobody's word where the image complies", async () => {
    const key = await pushed();
    await gate.attach("shop/api", signImage(gate.key, imageNamed("unsigned").manifest, CREATED));
    await gate.drain();
    const answer = await gate.gate.operator.release({ image: key, actor: ANN });
    expect(answer).toMatchObject({ kind: "there", record: { hold: { kind: "free" } } });
    expect(await gate.record(key)).not.toHaveProperty("override");
    expect(await decisions()).toEqual([]);
  });
});

test("a hold that is to be done is told as the act that it is", async () => {
  const key = await pushed(SIGNED_POLICY.replace("mode: enforce", "mode: dry-run"));
  expect((await gate.gate.operator.hold({ image: key, actor: ANN })).kind).toBe("done");
  expect(await decisions()).toEqual([]);
});
