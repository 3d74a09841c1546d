import { afterEach, describe, expect, test } from "vitest";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { parseInstant } from "../../../shared/domain/time.ts";
import { afterIntent, work } from "../../fakes/between.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

let gate: SmallGate;
afterEach(() => gate.stop());

async function pushed(policy = SIGNED_POLICY): Promise<ImageKey> {
  gate = await startSmallGate(policy, "off", { startAt: parseInstant("2026-11-10T00:00:00Z") });
  return gate.push("shop/api", "1.0", imageNamed("bad"));
}

async function outcomes(): Promise<readonly string[]> {
  const entries = await gate.store.ledger.journal(0, 1_000);
  return entries.flatMap(({ event }) => (event.kind === "acted" ? [`${event.action.verb} ${event.outcome.kind}`] : []));
}

describe("between the plan of a hold and the act", () => {
  test("the tag moved to another image: that one is judged for itself, and this one without the tag", async () => {
    const key = await pushed();
    gate.loseEvents(true);
    await work(
      gate,
      1,
      afterIntent(gate, () => gate.push("shop/api", "1.0", imageNamed("another"))),
    );
    expect(await outcomes()).toEqual(["hold superseded"]);
    expect((await gate.record(key)).hold.kind).toBe("free");
    await gate.drain();
    expect(await gate.record(key)).toMatchObject({ tags: [] });
  });

  test("the image was deleted: nothing is done, and it is known to be gone", async () => {
    const key = await pushed();
    gate.loseEvents(true);
    await work(
      gate,
      1,
      afterIntent(gate, () => gate.remove("shop/api", key.digest)),
    );
    await gate.drain();
    expect(await outcomes()).toEqual(["hold superseded"]);
    expect(await gate.record(key)).toMatchObject({ presence: "gone" });
  });

  test("a cluster began to run it: it gets its deadline instead", async () => {
    const key = await pushed(SIGNED_POLICY.replace("deadline: 0s, afterwards: hold", "deadline: 7d, newFor: 1h"));
    const report = { place: "east", seenAt: gate.gate.deps.clock.now(), unmatched: [] };
    const workloads = [{ name: "shop/Deployment/api" }] as const;
    await work(
      gate,
      1,
      afterIntent(gate, () => gate.store.usage.put({ ...report, images: [{ digest: key.digest, workloads }] })),
    );
    await gate.drain();
    expect(await outcomes()).toEqual(["hold superseded"]);
    expect(await gate.record(key)).toMatchObject({ hold: { kind: "free" }, deadline: { use: { kind: "running" } } });
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
  });

  test("a waiver was written for it: it is not held first to be released after", async () => {
    const key = await pushed();
    const waivers = `apiVersion: moorgate.dev/v1
kind: Waivers
waivers:
  - id: w1
    scope: { rules: [signed] }
    owner: shop-team
    reason: moving to the new pipeline
    approvedBy: security
    createdAt: 2026-11-01
    expiresAt: 2026-11-20
`;
    await work(
      gate,
      1,
      afterIntent(gate, () => gate.changeFile("waivers.yaml", waivers)),
    );
    expect(await outcomes()).toEqual(["hold superseded"]);
    await gate.drain();
    expect(await gate.record(key)).toMatchObject({ hold: { kind: "free" }, verdict: { kind: "compliant" } });
    expect(await outcomes()).toEqual(["hold superseded"]);
  });

  test("a person released it in another process: that counts", async () => {
    const key = await pushed();
    const release = async (): Promise<void> => {
      const record = await gate.record(key);
      const override = {
        kind: "release" as const,
        actor: { name: "ann", reason: "meant so" },
        at: gate.gate.deps.clock.now(),
        forReasons: [],
      };
      await gate.store.ledger.commit({
        image: { ...record, version: record.version + 1, override },
        intents: [],
        outcomes: [],
        journal: [],
      });
    };
    await work(gate, 1, afterIntent(gate, release));
    expect(await pull(gate, "shop/api", "1.0")).toBeDefined();
    expect((await gate.record(key)).hold.kind).toBe("free");
  });
});
