import fc from "fast-check";
import { expect, test } from "vitest";
import { instant } from "../../shared/domain/time.ts";
import type { Usage } from "../../shared/domain/usage.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import { type Doomed, deletionOf } from "../../shared/enforcement/deletion.ts";

const HELD_AT = 1_700_000_000_000;
const DAY = 86_400_000;
const ACTOR = { name: "ann", reason: "asked" };

const usage = fc.constantFrom<Usage>(
  { kind: "not-running", seenAt: instant(HELD_AT) },
  { kind: "unknown", why: "east is silent" },
  { kind: "running", where: [{ place: "east", seenAt: instant(HELD_AT), workloads: [{ name: "api" }], unmatched: [] }] },
  { kind: "pulled", last: { image: {}, at: instant(HELD_AT) } } as Usage,
);

const verdict = fc.record({
  kind: fc.constantFrom<Verdict["kind"]>("compliant", "violating", "indeterminate"),
  mode: fc.constantFrom<Verdict["mode"]>("enforce", "dry-run"),
  status: fc.constantFrom("violated", "indeterminate"),
  level: fc.constantFrom("enforce", "warn"),
  onViolation: fc.constantFrom(undefined, "mark", "warn"),
  holdsUnknown: fc.boolean(),
});

const doomed = fc.record({
  verdict,
  usage,
  isHeld: fc.boolean(),
  override: fc.constantFrom(undefined, "hold", "release"),
  served: fc.boolean(),
  deleteManifest: fc.constantFrom("digest", "none"),
  after: fc.constantFrom(undefined, 0, DAY),
  isByPolicy: fc.boolean(),
  isProtected: fc.boolean(),
  isNeeded: fc.boolean(),
  passed: fc.constantFrom(0, DAY - 1, DAY, 2 * DAY),
});

type Drawn = typeof doomed extends fc.Arbitrary<infer T> ? T : never;

/** All that has to be so; most draws are turned into it, so that each condition is seen to decide alone. */
const RIGHT: Drawn = {
  verdict: { kind: "violating", mode: "enforce", status: "violated", level: "enforce", onViolation: undefined, holdsUnknown: false },
  usage: { kind: "not-running", seenAt: instant(HELD_AT) },
  isHeld: true,
  override: undefined,
  served: false,
  deleteManifest: "digest",
  after: DAY,
  isByPolicy: true,
  isProtected: false,
  isNeeded: false,
  passed: DAY,
};

function situation(drawn: Drawn): Doomed {
  const { verdict: said, isHeld, override, deleteManifest, passed, ...rest } = drawn;
  const { status, level, onViolation, ...kind } = said;
  const at = instant(HELD_AT);
  const one = {
    key: "a",
    ruleId: "r",
    rule: "signature-required",
    level,
    status,
    message: "m",
    remedy: "r",
    place: "p:1",
    severity: "high",
  };
  return {
    ...rest,
    verdict: {
      ...kind,
      reasons: said.kind === "compliant" ? [] : [one],
      policy: { name: "p", version: "1" },
      judgedAt: at,
      ...(onViolation === undefined ? {} : { onViolation }),
    },
    hold: isHeld ? { kind: "held", since: at, actionId: "hold:x:1", strength: "hidden" } : { kind: "free" },
    override: override === undefined ? undefined : { kind: override, actor: ACTOR, at, forReasons: ["a"] },
    capabilities: { deleteManifest },
    now: instant(HELD_AT + passed),
  } as Doomed;
}

function isAllRight({ verdict: said, usage: use, after, passed, ...rest }: Drawn): boolean {
  const { isHeld, override, served, deleteManifest, isByPolicy, isProtected, isNeeded } = rest;
  const { holdsUnknown: _, ...asked } = said;
  const { holdsUnknown: _right, ...right } = RIGHT.verdict;
  const isTime = after !== undefined && passed >= after;
  const isDeletable = deleteManifest === "digest" && !served && !isProtected && !isNeeded;
  return (
    JSON.stringify(asked) === JSON.stringify(right) &&
    use.kind === "not-running" &&
    isTime &&
    isHeld &&
    isByPolicy &&
    override === undefined &&
    isDeletable
  );
}

test("an image is due exactly where every condition is known to be met, and never on what is not known", () => {
  fc.assert(
    fc.property(doomed, fc.subarray(Object.keys(RIGHT) as (keyof Drawn)[], { minLength: 8 }), (drawn, right) => {
      const mended = { ...drawn, ...Object.fromEntries(right.map((name) => [name, RIGHT[name]])) } as Drawn;
      expect(deletionOf(situation(mended)).kind === "due").toBe(isAllRight(mended));
    }),
    { numRuns: 3_000 },
  );
  expect(deletionOf(situation(RIGHT)).kind).toBe("due");
});

test("what may be in use is kept, with the reason, and is told as such only when its time is over", () => {
  fc.assert(
    fc.property(usage, fc.constantFrom(0, DAY - 1, DAY, 2 * DAY), (use, passed) => {
      const { kind } = deletionOf(situation({ ...RIGHT, usage: use, passed }));
      expect(kind).toBe(passed < DAY ? "later" : use.kind === "not-running" ? "due" : "kept");
    }),
  );
});
