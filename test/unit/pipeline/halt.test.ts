import { afterEach, describe, expect, test } from "vitest";
import { buildImage } from "../../../functions/local/samples/image.ts";
import { type ImageKey, parseTag } from "../../../shared/domain/image-ref.ts";
import { digestOf } from "../../../shared/oci/content.ts";
import { admit } from "../../../shared/pipeline/admit.ts";
import { afterIntent, work } from "../../fakes/between.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

const DRY = SIGNED_POLICY.replace("mode: enforce", "mode: dry-run");
const NOTHING_ASKED = SIGNED_POLICY.replace("grace: 0s", "grace: 0s, level: warn");
const LATER_FORBIDDEN = SIGNED_POLICY.replace(
  /- \{ id: signed.*\}/,
  "- { id: clean, rule: configuration, labels: { forbidden: [later] } }",
);
const LATER = buildImage({
  platform: { os: "linux", architecture: "amd64" },
  created: "2026-01-01T00:00:00Z",
  files: [],
  labels: { later: "yes" },
});
const ANN = { name: "ann", reason: "INC-12" };

let gate: SmallGate;
afterEach(() => gate.stop());

/** Images that violate the policy and are judged, while nothing is enforced; then the policy is enforced. */
async function withRun(count: number): Promise<readonly ImageKey[]> {
  gate = await startSmallGate(DRY);
  const keys: ImageKey[] = [];
  for (let number = 0; number < count; number += 1) keys.push(await gate.push("shop/api", `1.${number}`, imageNamed(`image ${number}`)));
  await gate.drain();
  await gate.changePolicy(SIGNED_POLICY);
  return keys;
}

async function heldOf(keys: readonly ImageKey[]): Promise<number> {
  const records = await Promise.all(keys.map((key) => gate.record(key)));
  return records.filter((record) => record.hold.kind === "held").length;
}

async function digestAt(tag: string): Promise<string | undefined> {
  const bytes = await pull(gate, "shop/api", tag);
  return bytes === undefined ? undefined : digestOf(bytes);
}

async function told(kind: "halted" | "acted"): Promise<readonly string[]> {
  const entries = await gate.store.ledger.journal(0, 1_000);
  return entries.flatMap(({ event }) => {
    if (event.kind === "halted" && kind === "halted") return [`${event.state} by ${event.by.name}: ${event.by.reason}`];
    return event.kind === "acted" && kind === "acted" ? [`${event.action.verb} ${event.outcome.kind} by ${event.action.actor.name}`] : [];
  });
}

test("a stop that was cut off before it was told is told when somebody stops the gate again, once, as that of whoever did it", async () => {
  gate = await startSmallGate(SIGNED_POLICY);
  await gate.store.halts.halt(ANN, gate.gate.deps.clock.now());
  for (let times = 0; times < 2; times++)
    expect(await gate.gate.operator.stop({ name: "ben", reason: "stop" })).toMatchObject({ kind: "refused" });
  expect(await told("halted")).toEqual(["stopped by ann: INC-12"]);
});

describe("a gate that is stopped in the middle of a run", () => {
  test("holds nothing more, remembers what it was kept from, and does it when it goes on", async () => {
    const keys = await withRun(12);
    await work(gate, 4);
    expect(await gate.gate.operator.stop(ANN)).toMatchObject({ kind: "switched", halt: { kind: "halted", by: ANN } });
    await gate.drain();
    expect(await heldOf(keys)).toBe(4);
    const kept = (await Promise.all(keys.map((key) => gate.record(key)))).filter(({ hold }) => hold.kind === "free");
    for (const record of kept) {
      expect(record).toMatchObject({ isHalted: true, verdict: { kind: "violating", mode: "enforce" } });
      expect(record.pending).toBeUndefined();
    }

    // Neither a sweep nor time gets past it, and nothing spins meanwhile.
    await gate.gate.operator.sweep();
    gate.pass(3_600_000);
    await gate.drain();
    expect(await heldOf(keys)).toBe(4);

    expect(await gate.gate.operator.resume({ name: "ben", reason: "mended" })).toMatchObject({ kind: "switched", queued: 8 });
    await gate.drain();
    expect(await heldOf(keys)).toBe(12);
    for (const key of keys) expect((await gate.record(key)).isHalted).toBeUndefined();
    expect(await told("halted")).toEqual(["stopped by ann: INC-12", "resumed by ben: mended"]);
    expect(await told("acted")).toEqual(Array.from({ length: 12 }, () => "hold applied by moorgate"));
  });

  test("does not do what was written down and not begun, and says so of that image", async () => {
    const keys = await withRun(2);
    await work(
      gate,
      1,
      afterIntent(gate, () => gate.gate.operator.stop(ANN)),
    );
    await gate.drain();
    expect(await heldOf(keys)).toBe(0);
    expect(await told("acted")).toEqual(["hold superseded by moorgate"]);
    for (const [number, key] of keys.entries()) {
      expect(await pull(gate, "shop/api", `1.${number}`)).toBeDefined();
      expect(await gate.record(key)).toMatchObject({ isHalted: true, hold: { kind: "free" } });
    }
    await gate.gate.operator.resume(ANN);
    await gate.drain();
    expect(await heldOf(keys)).toBe(2);
  });

  test("judges again what was mended meanwhile, and does not hold it", async () => {
    const keys = await withRun(2);
    await gate.gate.operator.stop(ANN);
    await gate.drain();
    await gate.changePolicy(NOTHING_ASKED);
    await gate.drain();
    await gate.gate.operator.resume(ANN);
    await gate.drain();
    expect(await heldOf(keys)).toBe(0);
  });

  test("loses no image whose step was written while somebody let it go on", async () => {
    const [key] = await withRun(1);
    if (key === undefined) throw new Error("no image");
    await gate.gate.operator.stop(ANN);
    const { ledger, ...deps } = gate.gate.deps;
    const commit: typeof ledger.commit = async (step) => {
      await gate.gate.operator.resume(ANN);
      return ledger.commit(step);
    };
    await work(gate, 1, { ...deps, ledger: { ...ledger, commit } });
    expect(await gate.record(key)).toMatchObject({ isHalted: true });
    await gate.drain();
    expect((await gate.record(key)).hold.kind).toBe("held");
  });

  test("is healed by the sweep where a crash came between going on and judging again", async () => {
    const keys = await withRun(3);
    await gate.gate.operator.stop(ANN);
    await gate.drain();
    await gate.store.halts.resume();
    await gate.drain();
    expect(await heldOf(keys)).toBe(0);
    await gate.gate.operator.sweep();
    await gate.drain();
    expect(await heldOf(keys)).toBe(3);
  });
});

describe("while the gate is stopped", () => {
  test("people hold and release, and the journal has who", async () => {
    const [key] = await withRun(1);
    if (key === undefined) throw new Error("no image");
    await gate.gate.operator.stop(ANN);
    await gate.drain();
    expect(await gate.gate.operator.hold({ image: key, actor: ANN })).toMatchObject({ kind: "done", outcome: { kind: "applied" } });
    expect(await gate.gate.operator.release({ image: key, actor: ANN })).toMatchObject({ kind: "done", outcome: { kind: "applied" } });
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
    expect(await told("acted")).toEqual(["hold applied by ann", "release applied by ann"]);
  });

  test("what the policy frees stays held until the gate goes on, and a person can release it", async () => {
    const keys = await withRun(2);
    await gate.drain();
    expect(await heldOf(keys)).toBe(2);
    await gate.gate.operator.stop(ANN);
    await gate.changePolicy(NOTHING_ASKED);
    await gate.drain();
    expect(await heldOf(keys)).toBe(2);
    const [first] = keys;
    if (first === undefined) throw new Error("no image");
    expect(await gate.gate.operator.release({ image: first, actor: ANN })).toMatchObject({ kind: "done", action: { actor: ANN } });
    expect(await heldOf(keys)).toBe(1);
    await gate.gate.operator.resume(ANN);
    await gate.drain();
    expect(await heldOf(keys)).toBe(0);
  });

  test("it is stopped once, and goes on once", async () => {
    await withRun(0);
    await gate.gate.operator.stop(ANN);
    expect(await gate.gate.operator.stop({ name: "ben", reason: "too" })).toMatchObject({ kind: "refused" });
    await gate.gate.operator.resume(ANN);
    expect(await gate.gate.operator.resume(ANN)).toMatchObject({ kind: "refused" });
    expect(await told("halted")).toHaveLength(2);
  });
});

describe("a hold that was cut off in the middle", () => {
  /** Cut off after so many requests of the hold that take something away. */
  async function cutOff({ after = 0, isNameless = false } = {}): Promise<ImageKey> {
    let left = Number.POSITIVE_INFINITY;
    gate = await startSmallGate(SIGNED_POLICY, "off", {
      isNameless,
      around: async (request, next) => {
        if (request.method === "DELETE") left -= 1;
        return left < 0 ? new Response("{}", { status: 503, headers: { "retry-after": "600" } }) : next(request);
      },
    });
    left = after;
    const key = await gate.push("shop/api", "1.0", imageNamed("cut off"));
    await work(gate, 1);
    left = Number.POSITIVE_INFINITY;
    return key;
  }

  test("is put back when the gate was stopped meanwhile, and done whole when it goes on", async () => {
    const key = await cutOff();
    const before = await gate.record(key);
    expect(before.pending?.verb).toBe("hold");
    await gate.gate.operator.stop(ANN);
    gate.pass(3_600_000);
    await gate.drain();
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
    expect((await gate.record(key)).pending).toBeUndefined();
    await gate.gate.operator.resume(ANN);
    await gate.drain();
    expect((await gate.record(key)).hold.kind).toBe("held");
    expect(await pull(gate, "shop/api", "1.0")).toBeUndefined();
  });

  test("is put back when the policy is another by then, and not held first to be released after", async () => {
    const key = await cutOff();
    await gate.changePolicy(NOTHING_ASKED);
    gate.pass(3_600_000);
    await gate.drain();
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
    expect((await gate.record(key)).hold.kind).toBe("free");
    expect(await told("acted")).toEqual(["hold superseded by moorgate"]);
  });

  test("gets a tag back that it took itself, also where the registry does not tell who took it", async () => {
    const key = await cutOff({ after: 1, isNameless: true });
    expect(await pull(gate, "shop/api", "1.0")).toBeUndefined();
    await gate.changePolicy(NOTHING_ASKED);
    gate.pass(3_600_000);
    await gate.drain();
    expect(await digestAt("1.0")).toBe(key.digest);
  });

  test("does not take back a tag that another image was pushed under since, and is held with", async () => {
    const first = await cutOff();
    const second = await gate.push("shop/api", "1.0", LATER);
    const now = gate.gate.deps.clock.now();
    await admit(gate.gate.deps, { ...second, tag: parseTag("1.0"), origin: "event" }, { queuedAt: now, now });
    expect((await gate.record(second)).hold.kind).toBe("held");
    expect((await gate.record(first)).pending?.verb).toBe("hold");
    await gate.changePolicy(LATER_FORBIDDEN);
    gate.pass(3_600_000);
    await gate.drain();
    expect((await gate.record(first)).hold.kind).toBe("free");
    expect(await pull(gate, "shop/api", "1.0")).toBeUndefined();
    await gate.gate.operator.release({ image: second, actor: ANN });
    expect(await digestAt("1.0")).toBe(second.digest);
  });
});

test("A switch to dry-run in the middle of a run holds nothing more from the next act on", async () => {
  const keys = await withRun(8);
  await work(gate, 3);
  await work(
    gate,
    1,
    afterIntent(gate, async () => gate.writePolicy(DRY)),
  );
  await gate.drain();
  expect(await heldOf(keys)).toBe(3);
});
