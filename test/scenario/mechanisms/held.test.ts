import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { Strength } from "../../../shared/domain/action.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { explain } from "../../../shared/policy/explain/explain.ts";
import { type RegistryRow, VENDOR_ROWS } from "../../contract/registry-row.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { present } from "../../fixtures/present.ts";
import { insistOnPush } from "../../running/push.ts";
import { startVendorGate, type VendorGate } from "./world.ts";

/** What the gate says of a hold is what the registry's own mechanism does, from the push to the release. */

const IMAGE = imageNamed("unsigned");
const CREATED = "2026-01-01T00:00:00Z";
const HOUR = 3_600_000;

const canHold = ({ vendor }: RegistryRow): boolean => vendor?.kind !== "read-only";

describe.each(VENDOR_ROWS.filter(canHold))("$name", (row) => {
  let gate: VendorGate;
  let image: ImageKey;
  beforeEach(async () => {
    gate = await startVendorGate(row);
    image = gate.world.key("shop/api", IMAGE.manifest);
    await push("1.0");
    await push("stable");
  });
  afterEach(() => gate.stop());

  const target = () => ({ address: () => gate.world.served.host, repository: "shop/api", giveUpAt: Date.now() + 10_000 });

  async function push(tag: string): Promise<void> {
    await insistOnPush(target(), IMAGE, tag);
    await gate.settle();
  }

  async function pulls(reference: string): Promise<boolean> {
    const headers = { accept: IMAGE.manifest.mediaType };
    return (await gate.world.served.send("GET", `/v2/shop/api/manifests/${reference}`, { headers })).status === 200;
  }

  /** Looks at the image often enough for a registry that takes its time. */
  async function inTime(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) {
      gate.pass(HOUR);
      await gate.sweep();
      await gate.settle();
    }
  }

  const strength = (): Strength => gate.world.registry.capabilities.hold.strength;

  async function expectHeld(): Promise<void> {
    expect(await gate.record(image)).toMatchObject({ presence: "present", hold: { kind: "held", strength: strength() } });
    expect([await pulls("1.0"), await pulls("stable"), await pulls(image.digest)]).toEqual([false, false, strength() === "untagged"]);
  }

  test("an image that violates is held as hard as was probed, and record, explanation and journal say so", async () => {
    await expectHeld();
    const { effect } = explain(await gate.record(image), { policyFile: "policy.yaml", now: gate.deps.clock.now() });
    expect(effect).toMatch(new RegExp(`^held for .*\\b${strength()}\\b`));
    const acted = (await gate.journal()).filter((event) => event.kind === "acted");
    expect(acted.length).toBeGreaterThan(0);
    expect((await gate.journal()).find(({ kind }) => kind === "judged")).toMatchObject({ stops: strength() });
    expect(acted.at(-1)).toMatchObject({ action: { verb: "hold" }, outcome: { kind: "applied", strength: strength() } });
  });

  test("nothing is said to be gone while it is held, however often the registry is looked through", async () => {
    await inTime();
    await expectHeld();
    expect((await gate.journal()).map(({ kind }) => kind)).not.toContain("gone");
  });

  test("pushed again under another tag it is held again at once, and mended it comes back with all of its tags", async () => {
    await push("again");
    await expectHeld();
    expect(await pulls("again")).toBe(false);
    await insistOnPush(target(), signImage(gate.key, IMAGE.manifest, CREATED));
    await gate.settle();
    await inTime();
    expect(await gate.record(image)).toMatchObject({ presence: "present", verdict: { kind: "compliant" }, hold: { kind: "free" } });
    const { tags } = await gate.world.served.contents("shop/api");
    for (const tag of ["1.0", "stable", "again"]) {
      expect(tags[tag], tag).toBe(image.digest);
      expect(await pulls(tag), tag).toBe(true);
    }
    expect(gate.world.blocked("shop/api")).toEqual([]);
    expect((await gate.world.served.contents("quarantine/shop/api")).manifests).toEqual([]);
  });
});

test("where the registry can do nothing, it is not said that the image will be held", async () => {
  const row = present(VENDOR_ROWS.find((one) => !canHold(one)));
  const gate = await startVendorGate(row);
  await insistOnPush({ address: () => gate.world.served.host, repository: "shop/api", giveUpAt: Date.now() + 10_000 }, IMAGE, "1.0");
  await gate.settle();
  const record = await gate.record(gate.world.key("shop/api", IMAGE.manifest));
  expect(record).toMatchObject({ verdict: { kind: "violating" }, hold: { kind: "free" }, cannotBeHeld: true });
  expect(explain(record, { policyFile: "policy.yaml", now: gate.deps.clock.now() }).effect).toMatch(/^not held: /);
  expect(await gate.journal()).toMatchObject([{ kind: "judged", stops: "none" }]);
  await gate.stop();
});
