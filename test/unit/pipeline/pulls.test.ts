import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import { imageNamed, pull, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

const HOUR = parseDuration("1h");
let gate: SmallGate;
let image: ImageKey;
beforeEach(async () => {
  const usage = { places: [{ name: "east", maxAge: parseDuration("1d") }], pulledWithin: HOUR, scanners: ["trivy"] };
  gate = await startSmallGate(undefined, "off", { usage });
  image = await gate.push("shop/api", "1.0", imageNamed("a"));
  await gate.drain();
  await gate.store.usage.put({ place: "east", seenAt: gate.gate.deps.clock.now(), images: [], unmatched: [] });
});
afterEach(() => gate.stop());

async function useNow(): Promise<string | undefined> {
  return (await gate.gate.operator.usage.of(image.digest))[0]?.usage.kind;
}

test("who pulls an image may run it for as long as the settings say", async () => {
  expect(await useNow()).toBe("not-running");
  // What violates is held, and cannot be pulled by anybody: it is released by hand.
  await gate.gate.operator.release({ image, actor: { name: "ann", reason: "for a test" } });
  await pull(gate, "shop/api", "1.0");
  expect(await useNow()).toBe("pulled");
  gate.pass(HOUR + 1);
  expect(await useNow()).toBe("not-running");
});

describe("a pull counts for nothing", () => {
  const told = async (fields: {
    readonly actor?: string;
    readonly userAgent?: string;
    readonly at?: string;
    readonly repository?: string;
  }) => gate.announce({ action: "pull", repository: fields.repository ?? "shop/api", digest: image.digest, ...fields });

  test.each([
    ["of a scanner", { actor: "trivy" }],
    ["of the gate by its name", { actor: "moorgate" }],
    ["of the gate by its program", { userAgent: "moorgate" }],
    ["of what lies in quarantine", { repository: "quarantine/shop/api" }],
    ["of long ago", { at: "2020-01-01T00:00:00Z" }],
  ])("%s", async (_, fields) => {
    expect(await told(fields)).toBe(0);
    expect(await useNow()).toBe("not-running");
  });

  test("of tomorrow, and yet no longer than one of now", async () => {
    await told({ at: "2099-01-01T00:00:00Z" });
    expect(await useNow()).toBe("pulled");
    gate.pass(HOUR + 60_000);
    expect(await useNow()).toBe("not-running");
  });

  test("but that of somebody else with a name", async () => {
    await told({ actor: "node", userAgent: "containerd/2.1" });
    expect(await useNow()).toBe("pulled");
  });
});
