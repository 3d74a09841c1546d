import { describe, expect, test } from "vitest";
import { parseDuration } from "../../../shared/domain/time.ts";
import { type Guarded, mayHold } from "../../../shared/enforcement/brake.ts";
import type { RunFacts, SoFar } from "../../../shared/ports/run-store.ts";
import { limitsOf } from "../../fixtures/brake.ts";
import { keyOf, NOW } from "../../fixtures/records.ts";

const LIMITS = limitsOf({
  images: 20,
  perHour: 30,
  ofRepository: 50,
  lastTag: true,
  lastCompliant: true,
  pulledWithin: parseDuration("7d"),
});
const FREE: Guarded = { lastPull: { kind: "not-pulled" } };
const HOLD = { image: keyOf("a"), hasTags: true, reasons: ["a"] };

function running(soFar: Partial<SoFar>): RunFacts {
  const none: SoFar = { held: 0, heldInRepository: 0, imagesInRepository: 10, isLastTagged: false, isLastCompliant: false, heldInHour: 0 };
  return { state: "running", soFar: () => ({ ...none, ...soFar }) };
}

function decided(facts: Omit<RunFacts, "soFar">): RunFacts {
  return {
    ...facts,
    soFar() {
      throw new Error("counts do not matter here");
    },
  };
}

describe("a run that goes on", () => {
  test.each<readonly [string, Partial<SoFar>, "go" | "wait"]>([
    ["holds the last image that it may", { held: 19 }, "go"],
    ["holds no image more", { held: 20 }, "wait"],
    ["holds half of a repository", { heldInRepository: 4, imagesInRepository: 10 }, "go"],
    ["holds no more than half of a repository", { heldInRepository: 5, imagesInRepository: 10 }, "wait"],
    ["does not hold the only image of a repository", { imagesInRepository: 1 }, "wait"],
    ["does not take the last tag of a repository", { isLastTagged: true }, "wait"],
    ["leaves an image that complies in a repository", { isLastCompliant: true }, "wait"],
    ["holds the last image that may be held in an hour", { heldInHour: 29 }, "go"],
    ["holds no image more in an hour, though other runs held them", { heldInHour: 30 }, "wait"],
  ])("%s", (_, soFar, answer) => {
    expect(mayHold(LIMITS, running(soFar), HOLD, FREE).kind).toBe(answer);
  });

  test.each<readonly [string, Guarded, "go" | "wait"]>([
    ["is protected", { ...FREE, protectedBy: { repository: "prod/**", tag: "stable" } }, "wait"],
    ["was pulled lately", { lastPull: { kind: "pulled", at: NOW } }, "wait"],
    ["was pulled nobody knows when, where the registry tells", { lastPull: { kind: "unknown", toldSince: NOW } }, "wait"],
    ["was pulled nobody knows when, where the registry never tells", { lastPull: { kind: "not-told" } }, "go"],
  ])("asks before what %s, or not", (_, guarded, answer) => {
    expect(mayHold(LIMITS, running({}), HOLD, guarded).kind).toBe(answer);
    expect(mayHold(LIMITS, decided({ state: "approved" }), HOLD, guarded).kind).toBe("go");
  });

  test("may take the last image that complies where that is allowed, and an image without a tag is none", () => {
    expect(mayHold({ ...LIMITS, lastCompliant: false }, running({ isLastCompliant: true }), HOLD, FREE).kind).toBe("go");
    expect(mayHold(LIMITS, running({ isLastCompliant: true }), { ...HOLD, hasTags: false }, FREE).kind).toBe("go");
  });

  test("may take the last tag where that is allowed, and an image without a tag is none", () => {
    expect(mayHold({ ...LIMITS, lastTag: false }, running({ isLastTagged: true }), HOLD, FREE).kind).toBe("go");
    expect(mayHold(LIMITS, running({ isLastTagged: true }), { ...HOLD, hasTags: false }, FREE).kind).toBe("go");
  });

  test("holds nothing where nothing is allowed, and everything where all is", () => {
    expect(mayHold({ ...LIMITS, images: 0 }, running({}), HOLD, FREE).kind).toBe("wait");
    const all = limitsOf();
    expect(mayHold(all, running({ held: 9, heldInRepository: 9, imagesInRepository: 10, isLastTagged: true }), HOLD, FREE).kind).toBe("go");
  });
});

describe("a run that does not go on by itself", () => {
  const waited = { answer: "wait", reasons: ["a", "b"] } as const;

  test("holds nothing once it was stopped, but what it had let through before", () => {
    expect(mayHold(LIMITS, decided({ state: "stopped", why: "too many" }), HOLD, FREE)).toEqual({ kind: "wait", why: "too many" });
    expect(mayHold(LIMITS, decided({ state: "stopped", before: { answer: "go", reasons: [] } }), HOLD, FREE).kind).toBe("go");
  });

  test("holds everything once it was approved", () => {
    expect(mayHold(LIMITS, decided({ state: "approved", before: waited }), HOLD, FREE).kind).toBe("go");
  });

  test("leaves free what was rejected, also what it had not come to, until there is another reason", () => {
    expect(mayHold(LIMITS, decided({ state: "rejected", before: waited }), HOLD, FREE).kind).toBe("wait");
    expect(mayHold(LIMITS, decided({ state: "rejected" }), HOLD, FREE).kind).toBe("wait");
    expect(mayHold(LIMITS, decided({ state: "rejected", before: waited }), { ...HOLD, reasons: ["a", "c"] }, FREE).kind).toBe("go");
  });
});
