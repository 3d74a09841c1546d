import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HoldState, Override } from "../../../shared/domain/image-record.ts";
import { instant } from "../../../shared/domain/time.ts";
import type { Reason, Verdict } from "../../../shared/domain/verdict.ts";
import { plan, type Situation } from "../../../shared/enforcement/plan.ts";
import type { Capabilities } from "../../../shared/ports/registry.ts";

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

const FREE: HoldState = { kind: "free" };
const HELD: HoldState = { kind: "held", since: NOW, actionId: "hold:x:1", strength: "hidden" };

function verb(situation: Partial<Situation>): string {
  return plan({ verdict: verdict("violating"), hold: FREE, override: undefined, served: true, capabilities, ...situation }).verb;
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
