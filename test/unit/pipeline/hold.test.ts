import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildIndex } from "../../../functions/local/samples/image.ts";
import { signImage } from "../../../functions/local/samples/sign.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

const CREATED = "2026-01-01T00:00:00Z";
const ACTOR = { name: "operator", reason: "because the test says so" };

let gate: SmallGate;

beforeEach(async () => {
  gate = await startSmallGate();
});
afterEach(() => gate.stop());

describe("an image without a signature", () => {
  test("is held: neither its tag nor its digest can be pulled, and its bytes lie in quarantine", async () => {
    const image = imageNamed("unsigned");
    const key = await gate.push("shop/api", "1.0", image);
    await gate.drain();
    expect((await gate.record(key)).verdict?.kind).toBe("violating");
    expect((await gate.record(key)).hold).toMatchObject({ kind: "held", strength: "hidden" });
    expect(await pull(gate, "shop/api", "1.0")).toBeUndefined();
    expect(await pull(gate, "shop/api", key.digest)).toBeUndefined();
    const kept = await gate.gate.deps.registries
      .get(key.registry)
      ?.registry.manifest("quarantine/shop/api" as typeof key.repository, key.digest);
    expect(kept?.bytes).toEqual(new Uint8Array(image.manifest.bytes));
  });

  test("cannot be pulled from quarantine by anybody but the gate", async () => {
    const key = await gate.push("shop/api", "1.0", imageNamed("unsigned"));
    await gate.drain();
    expect(await pull(gate, "quarantine/shop/api", key.digest)).toBeUndefined();
  });

  test("comes back byte for byte with its tags when a signature arrives, without anybody asking", async () => {
    const image = imageNamed("late");
    const key = await gate.push("shop/api", "1.0", image);
    await gate.push("shop/api", "latest", image);
    await gate.drain();
    expect((await gate.record(key)).hold.kind).toBe("held");
    await gate.attach("shop/api", signImage(gate.key, image.manifest, CREATED));
    await gate.drain();
    expect((await gate.record(key)).verdict?.kind).toBe("compliant");
    for (const reference of ["1.0", "latest", key.digest])
      expect(await pull(gate, "shop/api", reference)).toEqual(new Uint8Array(image.manifest.bytes));
  });

  test("is held again when it is pushed again", async () => {
    const image = imageNamed("stubborn");
    const key = await gate.push("shop/api", "1.0", image);
    await gate.drain();
    await gate.push("shop/api", "again", image);
    await gate.drain();
    expect(await pull(gate, "shop/api", "again")).toBeUndefined();
    const released = await gate.gate.operator.release({ image: key, actor: ACTOR });
    expect(released.kind).toBe("done");
    for (const tag of ["1.0", "again"]) expect(await pull(gate, "shop/api", tag)).toBeDefined();
  });

  test("is remembered with what spoke against it, as the policy said it then, and with that policy", async () => {
    const key = await gate.push("shop/api", "1.0", imageNamed("unsigned"));
    await gate.drain();
    const { verdict } = await gate.record(key);
    const [reason] = verdict?.reasons ?? [];
    const { items } = await gate.store.ledger.findActions({ limit: 10, ...(verdict && { policy: verdict.policy.version }) });
    expect(items.map(({ action }) => action.image)).toEqual([key]);
    const { key: name, ruleId, message, place } = reason ?? {};
    expect(items[0]?.action).toMatchObject({ cause: { policy: verdict?.policy.version }, before: { tags: ["1.0"] } });
    expect(items[0]?.action).toMatchObject({ before: { reasons: [{ key: name, ruleId, message, place }] } });
    await gate.gate.operator.release({ image: key, actor: ACTOR });
    const [released] = await gate.store.ledger.actions(key);
    expect(released?.action.cause).toEqual({});
  });

  test("is left alone in a dry run, with the verdict that it would have", async () => {
    gate.writePolicy(SIGNED_POLICY.replace("mode: enforce", "mode: dry-run"));
    const key = await gate.push("shop/api", "1.0", imageNamed("unsigned"));
    await gate.drain();
    expect((await gate.record(key)).verdict).toMatchObject({ kind: "violating", mode: "dry-run" });
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
  });
});

describe("a signed image", () => {
  test("stays where it is", async () => {
    const image = imageNamed("signed");
    await gate.attach("shop/api", signImage(gate.key, image.manifest, CREATED));
    const key = await gate.push("shop/api", "1.0", image);
    await gate.drain();
    expect((await gate.record(key)).verdict?.kind).toBe("compliant");
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
  });
});

describe("an index", () => {
  test("is held with its children, and they come back with it", async () => {
    const children = (["amd64", "arm64"] as const).map((architecture) => ({
      image: imageNamed("app", architecture),
      platform: { os: "linux", architecture },
    }));
    for (const { image } of children) await gate.push("shop/app", undefined, image);
    const index = buildIndex(children);
    const key = await gate.push("shop/app", "2.0", { manifest: index, blobs: [] });
    await gate.drain();
    const references = [key.digest, "2.0", ...children.map(({ image }) => image.manifest.digest)];
    for (const reference of references) expect(await pull(gate, "shop/app", reference)).toBeUndefined();
    await gate.attach("shop/app", signImage(gate.key, index, CREATED));
    await gate.drain();
    for (const reference of references) expect(await pull(gate, "shop/app", reference)).toBeDefined();
  });

  test("keeps a child that a free index needs", async () => {
    const shared = { image: imageNamed("shared"), platform: { os: "linux", architecture: "amd64" } };
    const other = { image: imageNamed("other", "arm64"), platform: { os: "linux", architecture: "arm64" } };
    for (const { image } of [shared, other]) await gate.push("shop/app", undefined, image);
    const good = buildIndex([shared]);
    const bad = buildIndex([shared, other]);
    await gate.attach("shop/app", signImage(gate.key, good, CREATED));
    await gate.push("shop/app", "good", { manifest: good, blobs: [] });
    await gate.drain();
    await gate.push("shop/app", "bad", { manifest: bad, blobs: [] });
    await gate.drain();
    expect(await pull(gate, "shop/app", "bad")).toBeUndefined();
    expect(await pull(gate, "shop/app", other.image.manifest.digest)).toBeUndefined();
    expect(await pull(gate, "shop/app", "good")).toBeDefined();
    expect(await pull(gate, "shop/app", shared.image.manifest.digest)).toBeDefined();
  });
});

describe("an operator", () => {
  test("releases a held image, and the gate does not hold it again for the same reason", async () => {
    const key = await gate.push("shop/api", "1.0", imageNamed("unsigned"));
    await gate.drain();
    const released = await gate.gate.operator.release({ image: key, actor: ACTOR });
    expect(released).toMatchObject({ kind: "done", outcome: { kind: "applied" } });
    await gate.drain();
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
    expect((await gate.record(key)).verdict?.kind).toBe("violating");
  });

  test("holds a compliant image by its tag, and it stays held whatever comes", async () => {
    const image = imageNamed("signed");
    await gate.attach("shop/api", signImage(gate.key, image.manifest, CREATED));
    const key = await gate.push("shop/api", "1.0", image);
    await gate.drain();
    const { digest: _, ...place } = key;
    const held = await gate.gate.operator.hold({ image: { ...place, tag: "1.0" as never }, actor: ACTOR });
    expect(held.kind).toBe("done");
    await gate.gate.operator.sweep();
    await gate.drain();
    expect(await pull(gate, "shop/api", "1.0")).toBeUndefined();
  });

  test("sees the plan of a dry run and nothing is changed", async () => {
    const key = await gate.push("shop/api", "1.0", imageNamed("unsigned"));
    await gate.drain();
    const before = await gate.record(key);
    expect((await gate.gate.operator.release({ image: key, actor: ACTOR, dryRun: true })).kind).toBe("plan");
    expect(await gate.record(key)).toEqual(before);
  });
});

describe("what events do not tell", () => {
  test("an image that no event announced is found by the sweep and held", async () => {
    gate.loseEvents(true);
    const key = await gate.push("shop/api", "1.0", imageNamed("silent"));
    expect(await gate.gate.operator.sweep()).toMatchObject({ images: 1, missed: 1 });
    await gate.drain();
    expect((await gate.record(key)).origin).toBe("sweep");
    expect(await pull(gate, "shop/api", "1.0")).toBeUndefined();
  });

  test("a second sweep finds nothing to do", async () => {
    await gate.push("shop/api", "1.0", imageNamed("silent"));
    await gate.drain();
    expect(await gate.gate.operator.sweep()).toMatchObject({ missed: 0, gone: 0, queued: 0 });
  });

  test("a changed policy judges every image anew", async () => {
    const key = await gate.push("shop/api", "1.0", imageNamed("unsigned"));
    await gate.drain();
    gate.writePolicy(SIGNED_POLICY.replace("grace: 0s", "grace: 0s, level: warn"));
    await gate.gate.operator.sweep();
    await gate.drain();
    expect((await gate.record(key)).verdict?.kind).toBe("compliant");
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
  });

  test("the same delivery twice is one piece of work", async () => {
    await gate.push("shop/api", "1.0", imageNamed("once"));
    await gate.drain();
    const entries = await gate.gate.deps.ledger.journal(0, 100);
    expect(entries.map(({ event }) => event.kind)).toEqual(["judged", "acted"]);
  });
});
