import { describe, expect, test } from "vitest";
import type { Action } from "../../../shared/domain/action.ts";
import { lastCause, printCause } from "../../../shared/domain/action-cause.ts";
import { actionOf, keyOf, NOW } from "../../fixtures/records.ts";

const ANN = { name: "ann", reason: "INC-12" };
const GATE = { name: "moorgate", reason: "violates signed" };
const act = (fields: Partial<Pick<Action, "actor" | "cause">>, generation = 1): Action => ({
  ...actionOf(keyOf("a"), "hold", generation),
  actor: GATE,
  cause: {},
  ...fields,
});

test.each<readonly [string, Partial<Pick<Action, "actor" | "cause">>, readonly string[]]>([
  ["a person", { actor: ANN }, ["ann", "by hand"]],
  ["the policy", { cause: { policy: "826771e6bfc6" } }, ["826771e6bfc6"]],
  ["a run of the policy", { cause: { policy: "826771e6bfc6", run: "policy-3" } }, ["826771e6bfc6", "policy-3"]],
  ["a deadline", { cause: { policy: "826771e6bfc6", despiteUse: true } }, ["826771e6bfc6", "deadline"]],
  ["an emergency", { actor: ANN, cause: { run: "emergency-1" } }, ["emergency-1", "ann"]],
  ["an undo", { actor: ANN, cause: { run: "undo-4", undoes: ["hold:x:1"] } }, ["undo-4", "ann", "hold:x:1"]],
  ["an index", { cause: { policy: "826771e6bfc6", isForIndex: true } }, ["826771e6bfc6", "index"]],
])("says what asked for an act: %s", (_, fields, words) => {
  const told = printCause(act(fields));
  expect(words.filter((word) => !told.includes(word))).toEqual([]);
});

describe("of several acts the newest that was done counts, or that is under way", () => {
  const older = { action: act({ actor: ANN }), outcome: { kind: "applied", at: NOW, strength: "hidden", notes: [] } } as const;
  const newer = act({ cause: { policy: "826771e6bfc6" } }, 2);

  test("not one that came to nothing", () => {
    const superseded = { action: newer, outcome: { kind: "superseded", at: NOW, why: "moved" } } as const;
    expect(lastCause([superseded, older])).toContain("ann");
  });

  test("one that is not finished", () => {
    expect(lastCause([{ action: newer }, older])).toMatch(/^to be held by policy 826771e6bfc6/);
  });

  test("where nothing was done, nothing is said", () => {
    expect(lastCause([])).toBeUndefined();
  });
});
