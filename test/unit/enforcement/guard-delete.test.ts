import { describe, expect, test } from "vitest";
import type { DeleteAction } from "../../../shared/domain/action.ts";
import type { HoldState } from "../../../shared/domain/image-record.ts";
import type { Deletion } from "../../../shared/enforcement/deletion.ts";
import { type LastLook, lostSight, notOurs, secondThought } from "../../../shared/enforcement/guard.ts";
import { deleteOf, keyOf, NOW, recordOf, verdictOf } from "../../fixtures/records.ts";

const KEY = keyOf("a");
const ANN = { name: "ann", reason: "meant so" };
const VERDICT = verdictOf("violating");
const HELD: HoldState = { kind: "held", since: NOW, actionId: "hold:x:1", strength: "hidden" };
const ACTION: DeleteAction = { ...deleteOf(KEY), cause: { policy: VERDICT.policy.version } };

/** Everything speaks for the deletion. */
const DUE: LastLook = {
  registry: { isOwn: () => false },
  record: recordOf(KEY, { verdict: VERDICT, hold: HELD, pending: ACTION }),
  policy: { ...VERDICT.policy, mode: "enforce" },
  feeds: "same",
  halt: { kind: "going" },
  usage: { kind: "not-running", seenAt: NOW },
  deletion: { kind: "due", at: NOW },
};

function met(look: Partial<LastLook>, action = ACTION): string {
  const whole = { ...DUE, ...look };
  return (notOurs(action, whole) ?? secondThought(action, whole))?.kind ?? "goes on";
}

const withVerdict = (verdict: typeof VERDICT): Partial<LastLook> => ({
  record: recordOf(KEY, { verdict, hold: HELD, pending: ACTION }),
});

describe("right before an image is deleted for ever", () => {
  test("it goes on while all that was known is so still", () => {
    expect(met({})).toBe("goes on");
    expect(lostSight(ACTION, { isServed: false, moved: [], isNamed: false })).toBeUndefined();
  });

  test.each<readonly [string, Partial<LastLook>, string]>([
    ["somebody stopped the gate", { halt: { kind: "halted", since: NOW, by: ANN } }, "halted"],
    ["enforcement is a dry run", { policy: { ...VERDICT.policy, mode: "dry-run" } }, "changed"],
    ["the policy is another", { policy: { ...VERDICT.policy, version: "other", mode: "enforce" } }, "changed"],
    ["the feeds say something else", { feeds: "changed" }, "changed"],
    ["it is compliant", withVerdict(verdictOf("compliant")), "changed"],
    [
      "its verdict is indeterminate, also where the policy holds that",
      withVerdict(verdictOf("indeterminate", { holdsUnknown: true })),
      "changed",
    ],
    ["the policy lets it be", withVerdict({ ...VERDICT, onViolation: "warn" }), "changed"],
    [
      "a person has decided by hand",
      { record: recordOf(KEY, { verdict: VERDICT, hold: HELD, pending: ACTION, override: { kind: "hold", actor: ANN, at: NOW } }) },
      "changed",
    ],
    ["another step took its place", { record: recordOf(KEY, { verdict: VERDICT, hold: HELD }) }, "replaced"],
    ["it lies in the gate's own place", { registry: { isOwn: () => true } }, "replaced"],
  ])("nothing is deleted when %s", (_, look, kind) => {
    expect(met(look)).toBe(kind);
  });

  test.each<readonly [string, Deletion | undefined]>([
    ["its time has not come", { kind: "later", at: NOW }],
    ["something keeps it", { kind: "kept", at: NOW, by: "running", why: "east runs it" }],
    ["it is none of those that are deleted", { kind: "none", why: "it was not held by the policy" }],
    ["nobody has asked", undefined],
  ])("nothing is deleted when %s", (_, deletion) => {
    const { deletion: _due, ...look } = DUE;
    const asked = deletion === undefined ? look : { ...look, deletion };
    expect(secondThought(ACTION, asked)?.kind).toBe("changed");
  });

  test("nothing is deleted that its repository serves", () => {
    expect(lostSight(ACTION, { isServed: true, moved: [], isNamed: false })?.kind).toBe("changed");
  });

  test("no person and no run of a person deletes: only the policy does", () => {
    for (const cause of [{}, { run: "emergency-1" }]) expect(met({}, { ...ACTION, cause })).toBe("replaced");
  });
});
