import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Action } from "../../../shared/domain/action.ts";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import { type LastLook, lostSight, notOurs, type Sight, secondThought } from "../../../shared/enforcement/guard.ts";
import { actionOf, keyOf, NOW, recordOf, retagOf, verdictOf } from "../../fixtures/records.ts";

const KEY = keyOf("a");
const ANN = { name: "ann", reason: "meant so" };
const VERDICT = { hold: verdictOf("violating"), release: verdictOf("compliant") };
const SEEN: Sight = { isServed: true, moved: [], isNamed: false };

type Verb = "hold" | "release";

function actionFor(verb: Verb, asker: "gate" | "person", despiteUse = false): Action {
  const action = actionOf(KEY, verb);
  const policy = VERDICT[verb].policy.version;
  return { ...action, cause: asker === "person" ? {} : despiteUse ? { policy, despiteUse: true } : { policy } };
}

/** Nothing has changed since the plan. */
function asPlanned(action: Action): LastLook {
  const verdict = VERDICT[action.verb as Verb];
  return {
    registry: { isOwn: () => false },
    record: recordOf(KEY, { verdict, pending: action }),
    policy: { ...verdict.policy, mode: "enforce" },
    feeds: "same",
    halt: { kind: "going" },
    usage: { kind: "not-running", seenAt: NOW },
  };
}

/** The whole last look, in its order. */
function kindOf(action: Action, look: LastLook, sight: Sight = SEEN): string {
  return (notOurs(action, look) ?? secondThought(action, look) ?? lostSight(action, sight))?.kind ?? "goes on";
}

type Change = (look: LastLook) => LastLook;
const withRecord =
  (change: (record: ImageRecord) => ImageRecord): Change =>
  (look) => ({ ...look, record: look.record === undefined ? undefined : change(look.record) });

const CHANGES = {
  own: (look) => ({ ...look, registry: { isOwn: () => true } }),
  forgotten: (look) => ({ ...look, record: undefined }),
  finished: withRecord(() => recordOf(KEY, { verdict: VERDICT.hold })),
  replaced: withRecord((record) => ({ ...record, pending: actionOf(KEY, "hold", 9) })),
  halted: (look) => ({ ...look, halt: { kind: "halted", since: NOW, by: ANN } }),
  policy: (look) => ({ ...look, policy: { ...look.policy, version: "other" } }),
  verdict: withRecord((record) => ({ ...record, verdict: verdictOf(record.verdict?.kind === "compliant" ? "violating" : "compliant") })),
  feeds: (look) => ({ ...look, feeds: "changed" }),
  override: withRecord((record) => ({ ...record, override: { kind: "release", actor: ANN, at: NOW, forReasons: [] } })),
  "dry-run": (look) => ({ ...look, policy: { ...look.policy, mode: "dry-run" } }),
  running: (look) => ({ ...look, usage: { kind: "running", where: [{ place: "east", seenAt: NOW, workloads: [], unmatched: [] }] } }),
} as const satisfies Readonly<Record<string, Change>>;
type ChangeName = keyof typeof CHANGES;
const NAMES = Object.keys(CHANGES) as readonly ChangeName[];

/** What each change alone makes of an act. */
const STOPS: Readonly<Record<ChangeName, { readonly hold: string; readonly release: string; readonly byHand: string }>> = {
  own: { hold: "replaced", release: "replaced", byHand: "replaced" },
  forgotten: { hold: "replaced", release: "replaced", byHand: "replaced" },
  finished: { hold: "replaced", release: "replaced", byHand: "replaced" },
  replaced: { hold: "replaced", release: "replaced", byHand: "replaced" },
  halted: { hold: "halted", release: "halted", byHand: "goes on" },
  policy: { hold: "changed", release: "changed", byHand: "goes on" },
  verdict: { hold: "changed", release: "changed", byHand: "goes on" },
  feeds: { hold: "changed", release: "changed", byHand: "goes on" },
  override: { hold: "changed", release: "changed", byHand: "goes on" },
  "dry-run": { hold: "changed", release: "goes on", byHand: "goes on" },
  running: { hold: "changed", release: "goes on", byHand: "goes on" },
};

test("What was planned goes on while nothing has changed", () => {
  for (const verb of ["hold", "release"] as const)
    for (const asker of ["gate", "person"] as const) {
      const action = actionFor(verb, asker);
      expect(kindOf(action, asPlanned(action))).toBe("goes on");
    }
});

describe.each(NAMES)("the last look meets: %s", (name) => {
  test.each(["hold", "release"] as const)("and the gate's own %s", (verb) => {
    const action = actionFor(verb, "gate");
    expect(kindOf(action, CHANGES[name](asPlanned(action)))).toBe(STOPS[name][verb]);
  });

  test("and what a person asked for", () => {
    const action = actionFor("hold", "person");
    expect(kindOf(action, CHANGES[name](asPlanned(action)))).toBe(STOPS[name].byHand);
  });
});

test.each(NAMES)("A person's promotion, of what complied when it was asked for, meets: %s", (name) => {
  const action = retagOf(KEY, "promote", []);
  const look = { ...asPlanned(actionFor("release", "person")), record: recordOf(KEY, { verdict: VERDICT.release, pending: action }) };
  const isByVerdict = ["policy", "verdict", "feeds"].includes(name);
  expect(kindOf(action, CHANGES[name](look))).toBe(isByVerdict ? "changed" : STOPS[name].byHand);
});

test("What is held although it runs, for its deadline was over, is held although it runs", () => {
  const action = actionFor("hold", "gate", true);
  expect(kindOf(action, CHANGES.running(asPlanned(action)))).toBe("goes on");
});

test("A verdict on missing facts asks for a hold only where the policy says so", () => {
  const action = actionFor("hold", "gate");
  const judged = (holdsUnknown: boolean): LastLook =>
    withRecord((record) => ({ ...record, verdict: verdictOf("indeterminate", { holdsUnknown }) }))(asPlanned(action));
  expect([kindOf(action, judged(true)), kindOf(action, judged(false))]).toEqual(["goes on", "changed"]);
});

test("An image that is gone, or whose tag moved, is not held for what it was; a release has nothing to see", () => {
  const hold = actionFor("hold", "gate");
  const release = actionFor("release", "gate");
  const moved: Sight = { isServed: true, moved: [parseTag("1.0")], isNamed: false };
  const gone: Sight = { isServed: false, moved: [], isNamed: false };
  expect([gone, moved].map((sight) => kindOf(hold, asPlanned(hold), sight))).toEqual(["changed", "changed"]);
  expect([gone, moved].map((sight) => kindOf(release, asPlanned(release), sight))).toEqual(["goes on", "goes on"]);
});

test("An image that an index needs by now is not taken whole by the policy, but by its tags, or by a person", () => {
  const hold = actionFor("hold", "gate");
  const byTags: Action = hold.verb === "hold" ? { ...hold, before: { ...hold.before, only: "tags" } } : hold;
  const byHand = actionFor("hold", "person");
  const needed: Sight = { isServed: true, moved: [], isNamed: true };
  expect([hold, byTags, byHand].map((action) => kindOf(action, asPlanned(action), needed))).toEqual(["changed", "goes on", "goes on"]);
});

test("An image that is given back for an index alone stays away where that index is held by now", () => {
  const release = actionFor("release", "gate");
  const forIndex: Action = { ...release, cause: { ...release.cause, isForIndex: true } };
  const kinds = [true, false].map((isNamed) => kindOf(forIndex, asPlanned(forIndex), { isServed: true, moved: [], isNamed }));
  expect(kinds).toEqual(["goes on", "changed"]);
});

test("Whatever changes together stops what one of the changes stops, and nothing else", () => {
  const verb = fc.constantFrom<Verb>("hold", "release");
  const asker = fc.constantFrom<"gate" | "person">("gate", "person");
  fc.assert(
    fc.property(verb, asker, fc.subarray([...NAMES]), fc.boolean(), (which, who, names, isMoved) => {
      const action = actionFor(which, who);
      const look = names.reduce((before, name) => CHANGES[name](before), asPlanned(action));
      const isStopped = kindOf(action, look, { isServed: true, moved: isMoved ? [parseTag("1.0")] : [], isNamed: false }) !== "goes on";
      const isExpected =
        names.some((name) => STOPS[name][who === "person" ? "byHand" : which] !== "goes on") ||
        (isMoved && who === "gate" && which === "hold");
      expect(isStopped).toBe(isExpected);
    }),
    { numRuns: 2_000 },
  );
});

test("A hold of a run that a person began waits while the gate is halted, and what an undo takes back does not", () => {
  const ofRun: Action = { ...actionFor("hold", "person"), cause: { run: "emergency-1" } };
  const ofUndo: Action = { ...actionFor("hold", "person"), cause: { run: "undo-1", undoes: ["release:x:1"] } };
  expect([ofRun, ofUndo].map((action) => kindOf(action, CHANGES.halted(asPlanned(action))))).toEqual(["halted", "goes on"]);
  expect([ofRun, ofUndo].map((action) => kindOf(action, CHANGES.policy(asPlanned(action))))).toEqual(["goes on", "goes on"]);
});
