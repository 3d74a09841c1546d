import { describe, expect, test } from "vitest";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import type { Verdict } from "../../../shared/domain/verdict.ts";
import { isPublicationDue, stanceOf } from "../../../shared/enforcement/publication.ts";
import { at, digestOf, keyOf, NOW, recordOf, verdictOf } from "../../fixtures/records.ts";

const DAY = parseDuration("24h");

function record({ kind = "compliant", ...fields }: Partial<Verdict>, more: Partial<ImageRecord> = {}): ImageRecord {
  return recordOf(keyOf("image"), { verdict: verdictOf(kind, { appliedRules: ["signed"], ...fields }), ...more });
}

const HELD = { kind: "held", since: NOW, actionId: "a", strength: "hidden" } as const;
const BY_HAND = { kind: "hold", actor: { name: "a", reason: "r" }, at: NOW } as const;

describe("of an image", () => {
  test.each([
    ["that is compliant", record({}), "pass"],
    ["that no rule is for", record({ appliedRules: [] }), "none"],
    ["that violates", record({ kind: "violating" }), "none"],
    ["that violates, and waits for an answer to a stopped run", record({ kind: "violating" }, { isBraked: true }), "keep"],
    ["of which a fact is missing", record({ kind: "indeterminate" }), "keep"],
    ["of which a fact is missing that holds it", record({ kind: "indeterminate", holdsUnknown: true }), "none"],
    ["that is compliant and held", record({}, { hold: HELD }), "none"],
    ["that is compliant and about to be held by hand", record({}, { override: BY_HAND }), "none"],
    ["that is gone", record({}, { presence: "gone" }), "none"],
    ["in a dry run", record({ mode: "dry-run" }), "as-is"],
    ["in a dry run, violating and held", record({ kind: "violating", mode: "dry-run" }, { hold: HELD }), "as-is"],
  ] as const)("%s: %o is %s", (_, image, stance) => {
    expect(stanceOf(image, true)).toBe(stance);
  });

  test("nothing is published where that is switched off, and nothing changed in a dry run", () => {
    expect(stanceOf(record({}), false)).toBe("none");
    expect(stanceOf(record({ mode: "dry-run" }), false)).toBe("as-is");
  });
});

describe("an image is looked at without an event", () => {
  const publisher = { isOn: true, freshFor: DAY };
  const published = { at: NOW, subjects: [digestOf("image")], manifests: [digestOf("m")], skipped: [] };
  const due = (image: ImageRecord, later: number): boolean => isPublicationDue(image, publisher, at(later));

  test("when it passes and nothing stands beside it, or what stands is old", () => {
    expect(due(record({}), 0)).toBe(true);
    expect(due(record({}, { published }), DAY - 1)).toBe(false);
    expect(due(record({}, { published }), DAY)).toBe(true);
  });

  test("at once when something stands that should not, and by its age when it may be kept", () => {
    expect(due(record({ kind: "violating" }, { published }), 0)).toBe(true);
    expect(due(record({ kind: "violating" }), 0)).toBe(false);
    expect(due(record({ kind: "indeterminate" }, { published }), 0)).toBe(false);
    expect(due(record({ kind: "indeterminate" }, { published }), DAY)).toBe(true);
  });

  test("not sooner than after a period where it could not be published, and never in a dry run", () => {
    const fault = { verb: "attest", at: NOW, why: "forbidden" } as const;
    expect(due(record({}, { published: { ...published, manifests: [], fault } }), DAY - 1)).toBe(false);
    expect(due(record({}, { published: { ...published, manifests: [], fault } }), DAY)).toBe(true);
    expect(due(record({ mode: "dry-run" }, { published }), 2 * DAY)).toBe(false);
  });
});
