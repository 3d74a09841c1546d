import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HoldState, Override } from "../../../shared/domain/image-record.ts";
import { NO_THREAT_FACTS } from "../../../shared/domain/threat.ts";
import { instant } from "../../../shared/domain/time.ts";
import type { Reason, Verdict } from "../../../shared/domain/verdict.ts";
import type { Use } from "../../../shared/enforcement/deadline.ts";
import { type Doom, plan, type Situation } from "../../../shared/enforcement/plan.ts";
import { ENFORCEMENT_SETTINGS } from "../../../shared/policy/enforcement/settings.ts";
import type { Capabilities } from "../../../shared/ports/registry.ts";

const DAY = 86_400_000;
const NOW = instant(1_700_000_000_000);
const ACTOR = { name: "operator", reason: "asked" };

const capabilities: Capabilities = {
  hold: { mechanism: "move", strength: "hidden" },
  removeTag: "native",
  deleteManifest: "digest",
  referrers: "api",
  listsRepositories: true,
  listsUntagged: false,
  lastPulled: false,
  immutableTags: false,
  events: ["pushed", "deleted"],
};

function reason(key: string, level: Reason["level"] = "enforce"): Reason {
  return {
    key,
    ruleId: "no-critical",
    rule: "severity-threshold",
    level,
    status: "violated",
    message: key,
    remedy: "mend",
    place: "policy.yaml:1",
    severity: "high",
  };
}

function verdict(kind: Verdict["kind"], more: Partial<Verdict> = {}): Verdict {
  const reasons = kind === "compliant" ? [] : [reason("a")];
  return { kind, reasons, policy: { name: "p", version: "1" }, mode: "enforce", judgedAt: NOW, holdsUnknown: false, ...more };
}

const use: Use = {
  usage: { kind: "not-running", seenAt: NOW },
  isNew: false,
  terms: ENFORCEMENT_SETTINGS.parse({}).inUse,
  threats: NO_THREAT_FACTS,
  before: undefined,
};

/** Of what is not deleted. */
const SPARED: Doom = { after: undefined, isByPolicy: false, isProtected: true, isNeeded: true };

const FREE: HoldState = { kind: "free" };
const HELD: HoldState = { kind: "held", since: NOW, actionId: "hold:x:1", strength: "hidden" };

function verb(situation: Partial<Situation>): string {
  return plan({
    verdict: verdict("violating"),
    hold: FREE,
    override: undefined,
    served: true,
    capabilities,
    use,
    doom: SPARED,
    now: NOW,
    ...situation,
  }).verb;
}

describe("what follows from a verdict", () => {
  test("a violating image that is served is held", () => {
    expect(verb({})).toBe("hold");
  });

  test("a held image that was pushed again is held again", () => {
    expect(verb({ hold: HELD, served: true })).toBe("hold");
  });

  test("a held image stays held without another act while it violates", () => {
    expect(verb({ hold: HELD, served: false })).toBe("none");
  });

  test("a held image that complies now is released", () => {
    expect(verb({ verdict: verdict("compliant"), hold: HELD, served: false })).toBe("release");
  });

  test("nothing is changed on what is not known", () => {
    expect(verb({ verdict: verdict("indeterminate") })).toBe("none");
    expect(verb({ verdict: verdict("indeterminate"), hold: HELD, served: false })).toBe("none");
  });

  test("the unknown is held where the policy says so", () => {
    expect(verb({ verdict: verdict("indeterminate", { holdsUnknown: true }) })).toBe("hold");
  });

  test("a registry that cannot hold is left alone", () => {
    expect(verb({ capabilities: { ...capabilities, hold: { mechanism: "none", strength: "advisory" } } })).toBe("none");
  });
});

describe("what is in use", () => {
  const running: Use = {
    ...use,
    usage: { kind: "running", where: [{ place: "east", seenAt: NOW, workloads: [{ name: "shop/Deployment/api" }], unmatched: [] }] },
  };
  const unknown: Use = { ...use, usage: { kind: "unknown", why: "east has never reported" } };
  const step = (situation: Partial<Situation>) =>
    plan({
      verdict: verdict("violating"),
      hold: FREE,
      override: undefined,
      served: true,
      capabilities,
      use: running,
      doom: SPARED,
      now: NOW,
      ...situation,
    });

  test("gets a deadline instead of a hold", () => {
    const { verb: done, deadline } = step({});
    expect(done).toBe("none");
    expect(deadline).toMatchObject({
      until: NOW + 30 * DAY,
      isOver: false,
      use: { kind: "running", workloads: ["east: shop/Deployment/api"] },
    });
  });

  test("is also what nobody knows the use of", () => {
    expect(step({ use: unknown })).toMatchObject({ verb: "none", deadline: { use: { kind: "unknown" } } });
  });

  test("is nothing that is new, unless somebody is known to run it", () => {
    expect(step({ use: { ...unknown, isNew: true } }).verb).toBe("hold");
    expect(step({ use: { ...running, isNew: true } }).verb).toBe("none");
  });

  test("is held by hand at once, for a person sees what runs", () => {
    expect(step({ override: { kind: "hold", actor: ACTOR, at: NOW } })).toEqual({ verb: "hold", actor: ACTOR });
  });

  test("is held again where it was held and pushed again", () => {
    expect(step({ hold: HELD }).verb).toBe("hold");
  });

  test("keeps its deadline while the facts are missing, in a dry run too, and loses it with the violation", () => {
    const { deadline } = step({});
    const later: Use = { ...running, before: deadline };
    expect(step({ verdict: verdict("indeterminate"), use: later }).deadline).toEqual(deadline);
    expect(step({ verdict: verdict("violating", { mode: "dry-run" }), use: later }).deadline).toEqual(deadline);
    expect(step({ verdict: verdict("compliant"), use: later })).not.toHaveProperty("deadline");
  });

  test("is held when it is no longer in use", () => {
    const { deadline } = step({});
    expect(step({ use: { ...use, before: deadline } }).verb).toBe("hold");
  });

  test("is held or told when the deadline is over, as the policy says", () => {
    const { deadline } = step({});
    const now = instant(NOW + 30 * DAY);
    const later: Use = { ...running, before: deadline };
    expect(step({ use: later, now })).toMatchObject({ verb: "none", deadline: { isOver: true } });
    expect(step({ use: { ...later, terms: { ...use.terms, afterwards: "hold" } }, now }).verb).toBe("hold");
  });
});

describe("what a person decided", () => {
  const release: Override = { kind: "release", actor: ACTOR, at: NOW, forReasons: ["a"] };

  test("a release covers the reasons that were known then", () => {
    expect(verb({ override: release })).toBe("none");
  });

  test("a new reason ends the release", () => {
    expect(verb({ override: release, verdict: verdict("violating", { reasons: [reason("a"), reason("b")] }) })).toBe("hold");
  });

  test("a new reason that only warns does not end the release", () => {
    expect(verb({ override: release, verdict: verdict("violating", { reasons: [reason("a"), reason("b", "warn")] }) })).toBe("none");
  });

  test("a hold by hand stays although the image complies", () => {
    const override: Override = { kind: "hold", actor: ACTOR, at: NOW };
    expect(verb({ verdict: verdict("compliant"), hold: HELD, served: false, override })).toBe("none");
    expect(verb({ verdict: verdict("compliant"), override })).toBe("hold");
  });

  test("a hold by hand is done in a dry run too", () => {
    expect(verb({ verdict: verdict("compliant", { mode: "dry-run" }), override: { kind: "hold", actor: ACTOR, at: NOW } })).toBe("hold");
  });

  test("the person is named as the actor", () => {
    const step = plan({
      verdict: verdict("compliant"),
      hold: FREE,
      override: { kind: "hold", actor: ACTOR, at: NOW },
      served: true,
      capabilities,
      use,
      doom: SPARED,
      now: NOW,
    });
    expect(step.actor).toEqual(ACTOR);
  });
});

test("a dry run changes nothing, whatever the verdict", () => {
  const kinds = fc.constantFrom<Verdict["kind"]>("compliant", "violating", "indeterminate");
  fc.assert(
    fc.property(kinds, fc.boolean(), fc.boolean(), fc.boolean(), (kind, holdsUnknown, held, served) => {
      expect(verb({ verdict: verdict(kind, { mode: "dry-run", holdsUnknown }), hold: held ? HELD : FREE, served })).toBe("none");
    }),
  );
});
