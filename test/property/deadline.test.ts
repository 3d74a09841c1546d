import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { DeadlineTerms } from "../../shared/domain/deadline.ts";
import { SEVERITIES, type Severity } from "../../shared/domain/severity.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../shared/domain/threat.ts";
import { add, type Duration, type Instant } from "../../shared/domain/time.ts";
import type { Usage } from "../../shared/domain/usage.ts";
import type { Reason, Verdict } from "../../shared/domain/verdict.ts";
import { deadlineFor, isNew, type Use } from "../../shared/enforcement/deadline.ts";
import { at, digestOf, NOW, reasonOf, verdictOf } from "../fixtures/records.ts";

const HOUR = 3_600_000;
const length = fc.integer({ min: 0, max: 1_000 }).map((hours) => (hours * HOUR) as Duration);
const terms: fc.Arbitrary<DeadlineTerms> = fc.record({
  deadline: fc.record({ knownExploited: length, critical: length, high: length, medium: length, low: length, negligible: length }),
  afterwards: fc.constantFrom("hold", "tell"),
  newFor: length,
});
const severity = fc.constantFrom<Severity>(...SEVERITIES, "unknown");
const reasons: fc.Arbitrary<readonly Reason[]> = fc
  .uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 9 }), severity }), { minLength: 1, maxLength: 5, selector: ({ id }) => id })
  .map((given) =>
    given.map(({ id, severity: own }) =>
      reasonOf({
        key: `CVE-2026-${id}`,
        severity: own,
        concerns: { vulnerabilities: [`CVE-2026-${id}`], package: "openssl", versions: ["1"] },
      }),
    ),
  );
const exploited: fc.Arbitrary<ThreatFacts> = fc.uniqueArray(fc.integer({ min: 1, max: 9 })).map((ids) => ({
  ...NO_THREAT_FACTS,
  knownExploited: {
    kind: "read",
    digest: digestOf("kev"),
    madeAt: NOW,
    entries: new Map(ids.map((id) => [`CVE-2026-${id}`, { addedAt: NOW, usedByRansomware: "unknown" }])),
  },
}));
const RUNNING: Usage = {
  kind: "running",
  where: [{ place: "east", seenAt: NOW, workloads: [{ name: "shop/Deployment/api", owner: "shop" }], unmatched: [] }],
};
const usage = fc.constantFrom<Usage>(RUNNING, { kind: "unknown", why: "silence" }, { kind: "not-running", seenAt: NOW });

const violating = (given: readonly Reason[]): Verdict => verdictOf("violating", { reasons: given });
const useOf = (fields: Partial<Use>): Use => ({
  usage: RUNNING,
  isNew: false,
  terms: {
    deadline: { knownExploited: 0, critical: 0, high: 0, medium: 0, low: 0, negligible: 0 } as DeadlineTerms["deadline"],
    afterwards: "tell",
    newFor: 0 as Duration,
  },
  threats: NO_THREAT_FACTS,
  before: undefined,
  ...fields,
});

test("what runs is let go for a hold only when the policy says so and the time is over", () => {
  fc.assert(
    fc.property(reasons, terms, exploited, fc.boolean(), (given, agreed, threats, isYoung) => {
      const deadline = deadlineFor(violating(given), useOf({ terms: agreed, threats, isNew: isYoung }), NOW);
      const isOver = Math.min(...given.map((reason) => shortest(reason, agreed, threats))) === 0;
      expect(deadline === undefined).toBe(agreed.afterwards === "hold" && isOver);
    }),
  );
});

function shortest({ severity: own, concerns }: Reason, { deadline }: DeadlineTerms, threats: ThreatFacts): number {
  const isAttacked = threats.knownExploited.kind === "read" && threats.knownExploited.entries.has(concerns?.vulnerabilities[0] ?? "");
  const normal = deadline[own === "unknown" ? "medium" : own];
  return isAttacked ? Math.min(normal, deadline.knownExploited) : normal;
}

test("it ends with the first of its reasons, counted from when each was met", () => {
  fc.assert(
    fc.property(reasons, reasons, terms, exploited, length, (first, second, agreed, threats, passed) => {
      const told: DeadlineTerms = { ...agreed, afterwards: "tell" };
      const before = deadlineFor(violating(first), useOf({ terms: told, threats }), NOW);
      const now = add(NOW, passed);
      const after = deadlineFor(violating(second), useOf({ terms: told, threats, before }), now);
      const met = (reason: Reason): Instant => (first.some(({ key }) => key === reason.key) ? NOW : now);
      expect(after?.until).toBe(Math.min(...second.map((reason) => met(reason) + shortest(reason, told, threats))));
      expect(after?.isOver).toBe((after?.until ?? 0) <= now);
    }),
  );
});

test("judging again and again moves nothing", () => {
  fc.assert(
    fc.property(reasons, terms, fc.array(length, { maxLength: 5 }), (given, agreed, steps) => {
      const told: DeadlineTerms = { ...agreed, afterwards: "tell" };
      const start = deadlineFor(violating(given), useOf({ terms: told }), NOW);
      let [now, last] = [NOW, start];
      for (const step of steps) {
        now = add(now, step);
        last = deadlineFor(violating(given), useOf({ terms: told, before: last }), now);
      }
      expect(last?.until).toBe(start?.until);
    }),
  );
});

test("nobody is waited for where every place says that nothing runs it", () => {
  fc.assert(
    fc.property(reasons, terms, fc.boolean(), (given, agreed, isYoung) => {
      const use = useOf({ terms: agreed, isNew: isYoung, usage: { kind: "not-running", seenAt: NOW } });
      expect(deadlineFor(violating(given), use, NOW)).toBeUndefined();
    }),
  );
});

test("whatever is known of its use, what is new is cut only where nobody is known to run it", () => {
  fc.assert(
    fc.property(reasons, terms, usage, (given, agreed, known) => {
      const deadline = deadlineFor(violating(given), useOf({ terms: { ...agreed, afterwards: "tell" }, usage: known, isNew: true }), NOW);
      expect(deadline === undefined).toBe(known.kind !== "running");
    }),
  );
});

test("a rule that is only unknown has no clock beside one that is violated", () => {
  const known = reasonOf({ key: "a", severity: "low" });
  const open = reasonOf({ key: "b", severity: "critical", status: "unknown" });
  const agreed = { ...useOf({}).terms, deadline: { ...useOf({}).terms.deadline, low: HOUR as Duration } };
  expect(deadlineFor(violating([known, open]), useOf({ terms: agreed }), NOW)?.since).toEqual({ a: NOW });
});

test("an image is new until it was let through once, for a while, and never where it was there before the gate", () => {
  const agreed = { ...useOf({}).terms, newFor: HOUR as Duration };
  expect(isNew({ firstSeenAt: NOW }, agreed, at(HOUR - 1))).toBe(true);
  expect(isNew({ firstSeenAt: NOW }, agreed, at(HOUR))).toBe(false);
  expect(isNew({ firstSeenAt: NOW, passedAt: NOW }, agreed, NOW)).toBe(false);
  expect(isNew({ firstSeenAt: NOW, predatesGate: true }, agreed, NOW)).toBe(false);
});
