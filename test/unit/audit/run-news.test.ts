import { describe, expect, test } from "vitest";
import { link } from "../../../shared/audit/chain.ts";
import { toOcsf } from "../../../shared/audit/ocsf.ts";
import { acted, correlationOf, emergencyTold, summary } from "../../../shared/audit/record.ts";
import { isUrgent } from "../../../shared/audit/run-news.ts";
import { type RunNews, summaryWords } from "../../../shared/domain/run-news.ts";
import { actionOf, keyOf, NOW } from "../../fixtures/records.ts";

const NEWS: RunNews = {
  run: { id: "feeds-1", cause: "feeds" },
  state: "running",
  since: NOW,
  counts: { violating: 9_980, held: 20 },
  places: [{ place: "registry.example/shop/api", count: 812 }],
  images: ["registry.example/shop/api@sha256:1", "registry.example/shop/api@sha256:2"],
  isAlerted: false,
};

describe("a summary is an alert", () => {
  test.each<readonly [string, Partial<RunNews>, boolean]>([
    ["where images violate", {}, true],
    ["not where all of it is good or was expected", { counts: { compliant: 5, deadline: 3 } }, false],
    ["not where the run was an alert already and goes on", { isAlerted: true }, false],
    ["where images are held that violated before", { counts: { held: 1 } }, true],
    ["not for holds that a person approved of", { counts: { held: 1 }, state: "approved" }, false],
    ["for what else is found meanwhile", { counts: { held: 1, violating: 1 }, state: "approved" }, true],
    ["for what could not be done, whatever was told before", { counts: { failed: 1 }, state: "approved", isAlerted: true }, true],
    ["for work that was given up, too", { counts: { parked: 1 }, isAlerted: true }, true],
  ])("%s", (_, fields, expected) => {
    expect(isUrgent({ ...NEWS, ...fields })).toBe(expected);
  });
});

test("it says how many, where most of it is, or which one", () => {
  const only = "registry.example/shop/api@sha256:1";
  expect(summaryWords(NEWS)).toContain("9,980");
  expect(summaryWords(NEWS)).toContain("registry.example/shop/api (812)");
  expect(summaryWords({ ...NEWS, counts: { violating: 1 }, images: [only] })).toBe(`1 violates the policy: ${only}`);
});

test("the SIEM gets the counts, the places and the run", () => {
  const event = toOcsf({ sequence: 1, ...link(undefined, summary(NEWS, true, NOW)) }, { version: "1" });
  expect(event).toMatchObject({
    is_alert: true,
    severity_id: 4,
    count: 10_000,
    metadata: { event_code: "gate.run.summary" },
    unmapped: { moorgate: { run: "feeds-1", counts: NEWS.counts, places: NEWS.places } },
  });
});

test("an emergency ends with an alert where a hold failed, for no single hold of it is one", () => {
  const end = (failed: number) => {
    const counts = { toHold: 2, held: 2 - failed, failed, left: 0, notKnown: 0 };
    const event = emergencyTold({ run: "emergency-1", state: "ended", query: "q", actor: { name: "ann", reason: "" }, counts, at: NOW });
    return toOcsf({ sequence: 1, ...link(undefined, event) }, { version: "1" })["is_alert"];
  };
  expect([end(0), end(1)]).toEqual([false, true]);
});

test("an act is a part of the run that asked for it, of no undo and of no run that its image was in before", () => {
  const occasion = { image: keyOf("a"), tags: [], at: NOW, correlationId: correlationOf(keyOf("a"), 1), partOf: "feeds-1" };
  const outcome = { kind: "applied", at: NOW, strength: "hidden", notes: [] } as const;
  const partOf = (cause: { readonly run?: string }) => acted(occasion, { ...actionOf(keyOf("a")), cause }, outcome).partOf;
  expect([partOf({ run: "policy-2" }), partOf({ run: "undo-1" }), partOf({})]).toEqual(["policy-2", undefined, undefined]);
});
