import { describe, expect, test } from "vitest";
import {
  acted,
  braked,
  correlationOf,
  drifted,
  gone,
  halted,
  judged,
  type Occasion,
  parked,
  placeForgotten,
  planned,
  refused,
  summary,
  undoTold,
} from "../../../shared/audit/record.ts";
import { isTransition } from "../../../shared/audit/transition.ts";
import type { Outcome } from "../../../shared/domain/action.ts";
import { parseRegistryHost } from "../../../shared/domain/image-ref.ts";
import type { RunNews } from "../../../shared/domain/run-news.ts";
import { actionOf, at, keyOf, NOW, reasonOf, verdictOf } from "../../fixtures/records.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function occasion(name = "a", version = 1, fields: Partial<Occasion> = {}): Occasion {
  return { image: keyOf(name), tags: [], at: NOW, correlationId: correlationOf(keyOf(name), version), ...fields };
}

const failed = (code: string): Outcome => ({ kind: "failed", at: NOW, code, why: "" });
const applied: Outcome = { kind: "applied", at: NOW, strength: "hidden", notes: [] };

const NEWS: RunNews = {
  run: { id: "feeds-1", cause: "feeds" },
  state: "running",
  since: NOW,
  counts: { violating: 1 },
  places: [],
  images: [],
  isAlerted: false,
};
const ANN = { name: "ann", reason: "" };
const UNDO = { id: "undo-1", scope: { kind: "run", run: "policy-1" }, plan: "hash", actor: ANN, steps: [], left: [] } as const;
const RUN = { id: "policy-1", cause: "policy" } as const;

describe("the same fact has the same id, told whenever and however often", () => {
  const verdict = verdictOf("violating");
  const action = actionOf(keyOf("a"));
  test.each([
    [
      "judged",
      (time: number) =>
        judged(occasion("a", 1, { at: at(time) }), { verdict: { ...verdict, judgedAt: at(time) }, previous: undefined, origin: "event" }),
    ],
    ["planned", (time: number) => planned(occasion("a", 1, { at: at(time) }), action)],
    ["acted", (time: number) => acted(occasion("a", 1, { at: at(time) }), action, { ...applied, at: at(time) })],
    ["failed again", (time: number) => acted(occasion("a", time, { at: at(time) }), action, failed("forbidden"))],
    ["gone", (time: number) => gone(occasion("a", 1, { at: at(time) }))],
    ["stopped", (time: number) => braked(RUN, { state: "stopped", why: "too many", at: at(time) })],
    ["undone", (time: number) => undoTold(UNDO, "ended", at(time))],
    ["refused in the same minute", (time: number) => refused({ source: "oci", why: "no secret", count: time, at: at(time) })],
  ])("%s", (_, make) => {
    expect(make(59_000).id).toBe(make(1).id);
    expect(make(1).id).toMatch(UUID);
  });
});

const CHANGE = {
  id: "record-1",
  source: "ecr",
  registry: parseRegistryHost("registry.example"),
  control: "lifecycle",
  call: "PutLifecyclePolicy",
  at: "unknown",
} as const;

test("a change of a set-up is one fact, whenever it is delivered, and happened when the log says", () => {
  expect(drifted(CHANGE, NOW).id).toBe(drifted(CHANGE, at(5_000)).id);
  expect(drifted(CHANGE, at(5_000)).at).toBe(at(5_000));
  expect(drifted({ ...CHANGE, at: NOW }, at(5_000)).at).toBe(NOW);
});

test("different facts have different ids", () => {
  const action = actionOf(keyOf("a"));
  const facts = { verdict: verdictOf("violating"), previous: undefined, origin: "event" } as const;
  const events = [
    judged(occasion(), facts),
    judged(occasion("b"), facts),
    judged(occasion("a", 2), facts),
    judged(occasion(), { ...facts, verdict: verdictOf("compliant") }),
    judged(occasion(), { ...facts, verdict: verdictOf("violating", { mode: "dry-run" }) }),
    braked(RUN, { state: "stopped", why: "too many", at: NOW }),
    braked(RUN, { state: "approved", why: "too many", at: NOW }),
    braked({ ...RUN, id: "policy-2" }, { state: "stopped", why: "too many", at: NOW }),
    planned(occasion(), action),
    planned(occasion(), actionOf(keyOf("a"), "hold", 2)),
    planned(occasion(), actionOf(keyOf("a"), "release", 1)),
    acted(occasion(), action, applied),
    acted(occasion(), action, { kind: "superseded", at: NOW, why: "" }),
    acted(occasion(), action, failed("forbidden")),
    acted(occasion(), action, failed("timeout")),
    gone(occasion()),
    gone(occasion("a", 2)),
    refused({ source: "oci", why: "", count: 1, at: NOW }),
    refused({ source: "oci", why: "", count: 1, at: at(60_000) }),
    refused({ source: "harbor", why: "", count: 1, at: NOW }),
    halted("stopped", { name: "ann", reason: "" }, NOW),
    halted("resumed", { name: "ann", reason: "" }, NOW),
    halted("stopped", { name: "ann", reason: "" }, at(1)),
    undoTold(UNDO, "begun", NOW),
    undoTold(UNDO, "ended", NOW),
    undoTold({ ...UNDO, id: "undo-2" }, "begun", NOW),
    placeForgotten("east", 1, ANN, NOW),
    placeForgotten("west", 1, ANN, NOW),
    placeForgotten("east", 1, ANN, at(1)),
    drifted(CHANGE, NOW),
    drifted({ ...CHANGE, id: "record-2" }, NOW),
    drifted({ ...CHANGE, registry: parseRegistryHost("other.example") }, NOW),
    parked({ work: "a", why: "", at: NOW }),
    parked({ work: "b", why: "", at: NOW }),
    summary(NEWS, true, NOW),
    summary(NEWS, true, at(1)),
  ];
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
});

test("a verdict and the actions that follow it carry the evaluation's id", () => {
  const on = occasion();
  const ids = [
    judged(on, { verdict: verdictOf("violating"), previous: undefined, origin: "event" }),
    planned(on, actionOf(keyOf("a"))),
  ].map((event) => event.correlationId);
  expect(new Set(ids)).toEqual(new Set([on.correlationId]));
  expect(correlationOf(keyOf("a"), 2)).not.toBe(on.correlationId);
});

test("the first event of a finding is the first verdict of its policy on the image", () => {
  const facts = { verdict: verdictOf("violating"), origin: "event" } as const;
  const other = verdictOf("compliant", { policy: { name: "strict", version: "0123456789ab" } });
  expect(judged(occasion(), { ...facts, previous: undefined })).toMatchObject({ first: true, previous: "none" });
  expect(judged(occasion(), { ...facts, previous: verdictOf("compliant") })).toMatchObject({ first: false, previous: "compliant" });
  expect(judged(occasion(), { ...facts, previous: other })).toMatchObject({ first: true, previous: "compliant" });
});

describe("a verdict is news", () => {
  const violating = verdictOf("violating");
  test.each([
    ["when it is the first", undefined, verdictOf("compliant"), true],
    ["when its kind changes", verdictOf("compliant"), violating, true],
    ["when a reason is added", violating, verdictOf("violating", { reasons: [reasonOf(), reasonOf({ key: "signed" })] }), true],
    ["when a reason goes away", violating, verdictOf("violating", { reasons: [reasonOf({ key: "signed" })] }), true],
    ["when the mode changes", violating, verdictOf("violating", { mode: "dry-run" }), true],
    ["when a reason gets another level", violating, verdictOf("violating", { reasons: [reasonOf({ level: "warn" })] }), true],
    [
      "not when only the time, the wording or the policy's version differ",
      violating,
      verdictOf("violating", {
        judgedAt: at(9),
        reasons: [reasonOf({ message: "scanned 3 h ago" })],
        policy: { name: "baseline", version: "ffffffffffff" },
      }),
      false,
    ],
    [
      "not when the reasons come in another order",
      verdictOf("violating", { reasons: [reasonOf(), reasonOf({ key: "b" })] }),
      verdictOf("violating", { reasons: [reasonOf({ key: "b" }), reasonOf()] }),
      false,
    ],
  ])("%s", (_, previous, next, expected) => {
    expect(isTransition(previous, next)).toBe(expected);
  });
});
