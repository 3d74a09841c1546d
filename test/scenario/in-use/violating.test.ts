import { afterEach, describe, expect, test } from "vitest";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { instant, parseDuration } from "../../../shared/domain/time.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

/** An image that runs is found violating: it gets time, and is held when nothing runs it any more. */

const HOUR = 3_600_000;
const ASKED = SIGNED_POLICY.replace("deadline: 0s, afterwards: hold", "deadline: 2h, afterwards: tell");
const HOLDING = SIGNED_POLICY.replace("deadline: 0s", "deadline: 2h");
const PLACES = { places: [{ name: "east", maxAge: parseDuration("1d") }], pulledWithin: parseDuration("1ms"), scanners: [] };
const API = { name: "shop/Deployment/api", owner: "team-shop" } as const;

let gate: SmallGate;
afterEach(() => gate.stop());

/** Let through as nobody asked for a signature, and violating since somebody does. */
async function running(policy: string, runs: "running" | "stopped" | "nobody says"): Promise<ImageKey> {
  gate = await startSmallGate(policy.replace("grace: 0s", "grace: 0s, level: warn"), "off", { usage: PLACES });
  const key = await gate.push("shop/api", "1.0", imageNamed("api"));
  await gate.drain();
  if (runs !== "nobody says") await report(runs === "running" ? [key] : []);
  await gate.changePolicy(policy);
  await gate.drain();
  return key;
}

async function report(images: readonly ImageKey[]): Promise<void> {
  const seenAt = instant(gate.gate.deps.clock.now());
  const run = images.map(({ digest }) => ({ digest, workloads: [API] as const }));
  await gate.store.usage.put({ place: "east", seenAt, images: run, unmatched: [] });
}

async function sweep(): Promise<void> {
  await gate.gate.operator.sweep();
  await gate.drain();
}

async function told(kind: AuditEvent["kind"]): Promise<readonly AuditEvent[]> {
  const entries = await gate.store.ledger.journal(0, 1_000);
  return entries.map(({ event }) => event).filter((event) => event.kind === kind);
}

describe("an image that runs and violates the policy", () => {
  test("can be pulled still, and has a deadline that names who runs it; the SOC hears of it once", async () => {
    const key = await running(ASKED, "running");
    const { verdict, hold, deadline } = await gate.record(key);
    expect({ verdict: verdict?.kind, hold: hold.kind }).toEqual({ verdict: "violating", hold: "free" });
    expect(deadline?.use).toEqual({ kind: "running", workloads: ["east: shop/Deployment/api"], owners: ["team-shop"] });
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
    await sweep();
    expect(await told("deadline")).toMatchObject([{ state: "opened" }]);
    expect(await told("acted")).toEqual([]);
  });

  test("is held when nothing runs it any more", async () => {
    const key = await running(ASKED, "running");
    await report([]);
    await sweep();
    expect(await gate.record(key)).toMatchObject({ hold: { kind: "held" } });
    expect(await gate.record(key)).not.toHaveProperty("deadline");
    expect(await pull(gate, "shop/api", "1.0")).toBeUndefined();
  });

  test("stays when the deadline is over, where the policy does not say that it is held then, and that is told once", async () => {
    const key = await running(ASKED, "running");
    gate.pass(2 * HOUR + 1);
    await gate.drain();
    await sweep();
    expect(await gate.record(key)).toMatchObject({ hold: { kind: "free" }, deadline: { isOver: true } });
    expect(await told("deadline")).toMatchObject([{ state: "opened" }, { state: "over" }]);
  });

  test("is held when the deadline is over, where the policy says so, and not before", async () => {
    const key = await running(HOLDING, "running");
    gate.pass(2 * HOUR - 60_000);
    await gate.drain();
    expect((await gate.record(key)).hold.kind).toBe("free");
    gate.pass(60_001);
    await gate.drain();
    expect((await gate.record(key)).hold.kind).toBe("held");
  });

  test("has no deadline any more when it is mended", async () => {
    const key = await running(ASKED, "running");
    await gate.attach("shop/api", signImage(gate.key, imageNamed("api").manifest, "2026-01-01T00:00:00Z"));
    await gate.drain();
    expect(await gate.record(key)).toMatchObject({ verdict: { kind: "compliant" }, hold: { kind: "free" } });
    expect(await gate.record(key)).not.toHaveProperty("deadline");
  });

  test("keeps its clock through a dry run", async () => {
    const key = await running(ASKED, "running");
    const before = (await gate.record(key)).deadline;
    gate.pass(HOUR);
    await gate.changePolicy(ASKED.replace("mode: enforce", "mode: dry-run"));
    await gate.drain();
    await gate.changePolicy(ASKED);
    await gate.drain();
    expect((await gate.record(key)).deadline?.until).toBe(before?.until);
  });

  test("is held at once by hand", async () => {
    const key = await running(ASKED, "running");
    await gate.gate.operator.hold({ image: key, actor: { name: "anna", reason: "it is being attacked" } });
    expect((await gate.record(key)).hold.kind).toBe("held");
  });
});

test("where nobody says what runs, an image that was let through is not cut: it may be running", async () => {
  const key = await running(ASKED, "nobody says");
  expect(await gate.record(key)).toMatchObject({ hold: { kind: "free" }, deadline: { use: { kind: "unknown" } } });
});

test("what runs nowhere is held at once", async () => {
  const key = await running(ASKED, "stopped");
  expect((await gate.record(key)).hold.kind).toBe("held");
});

describe("an image that was just pushed and violates the policy", () => {
  test("is held at once although nobody says what runs", async () => {
    gate = await startSmallGate(ASKED);
    const key = await gate.push("shop/api", "1.0", imageNamed("api"));
    await gate.drain();
    expect((await gate.record(key)).hold.kind).toBe("held");
  });

  test("is not held where somebody runs it: the same bytes may come from another registry", async () => {
    gate = await startSmallGate(ASKED, "off", { usage: PLACES });
    const image = imageNamed("api");
    await report([{ ...(await gate.push("other/api", "1.0", image)) }]);
    const key = await gate.push("shop/api", "1.0", image);
    await gate.drain();
    expect(await gate.record(key)).toMatchObject({ hold: { kind: "free" }, deadline: { use: { kind: "running" } } });
  });

  test("is no longer new once the gate let it through in a dry run", async () => {
    gate = await startSmallGate(ASKED.replace("mode: enforce", "mode: dry-run"));
    const key = await gate.push("shop/api", "1.0", imageNamed("api"));
    await gate.drain();
    await gate.changePolicy(ASKED);
    await gate.drain();
    expect(await gate.record(key)).toMatchObject({ hold: { kind: "free" }, deadline: { use: { kind: "unknown" } } });
  });

  test("is no longer new once a person released it", async () => {
    gate = await startSmallGate(ASKED);
    const key = await gate.push("shop/api", "1.0", imageNamed("api"));
    await gate.drain();
    await gate.gate.operator.release({ image: key, actor: { name: "anna", reason: "wanted now" } });
    await gate.changePolicy(ASKED.replace("id: signed", "id: signed-by-us"));
    await gate.drain();
    expect(await gate.record(key)).toMatchObject({ hold: { kind: "free" }, deadline: { use: { kind: "unknown" } } });
  });
});
