import { describe, expect, test } from "vitest";
import { mayHold } from "../../../shared/enforcement/brake.ts";
import type { RunFacts, SoFar } from "../../../shared/ports/run-store.ts";
import { keyOf } from "../../fixtures/records.ts";

const LIMITS = { images: 20, ofRepository: 50, lastTag: true };
const HOLD = { image: keyOf("a"), hasTags: true, reasons: ["a"] };

function running(soFar: Partial<SoFar>): RunFacts {
  return { state: "running", soFar: () => ({ held: 0, heldInRepository: 0, imagesInRepository: 10, isLastTagged: false, ...soFar }) };
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
  ])("%s", (_, soFar, answer) => {
    expect(mayHold(LIMITS, running(soFar), HOLD).kind).toBe(answer);
  });

  test("may take the last tag where that is allowed, and an image without a tag is none", () => {
    expect(mayHold({ ...LIMITS, lastTag: false }, running({ isLastTagged: true }), HOLD).kind).toBe("go");
    expect(mayHold(LIMITS, running({ isLastTagged: true }), { ...HOLD, hasTags: false }).kind).toBe("go");
  });

  test("holds nothing where nothing is allowed, and everything where all is", () => {
    expect(mayHold({ ...LIMITS, images: 0 }, running({}), HOLD).kind).toBe("wait");
    const all = { images: 1_000, ofRepository: 100, lastTag: false };
    expect(mayHold(all, running({ held: 9, heldInRepository: 9, imagesInRepository: 10, isLastTagged: true }), HOLD).kind).toBe("go");
  });
});

describe("a run that does not go on by itself", () => {
  const waited = { answer: "wait", reasons: ["a", "b"] } as const;

  test("holds nothing once it was stopped, but what it had let through before", () => {
    expect(mayHold(LIMITS, decided({ state: "stopped", why: "too many" }), HOLD)).toEqual({ kind: "wait", why: "too many" });
    expect(mayHold(LIMITS, decided({ state: "stopped", before: { answer: "go", reasons: [] } }), HOLD).kind).toBe("go");
  });

  test("holds everything once it was approved", () => {
    expect(mayHold(LIMITS, decided({ state: "approved", before: waited }), HOLD).kind).toBe("go");
  });

  test("leaves free what was rejected, also what it had not come to, until there is another reason", () => {
    expect(mayHold(LIMITS, decided({ state: "rejected", before: waited }), HOLD).kind).toBe("wait");
    expect(mayHold(LIMITS, decided({ state: "rejected" }), HOLD).kind).toBe("wait");
    expect(mayHold(LIMITS, decided({ state: "rejected", before: waited }), { ...HOLD, reasons: ["a", "c"] }).kind).toBe("go");
  });
});
