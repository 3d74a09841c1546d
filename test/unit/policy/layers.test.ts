import { describe, expect, test } from "vitest";
import type { ImageEvidence } from "../../../shared/domain/evidence.ts";
import { type Policy, parsePolicySet } from "../../../shared/policy/document.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";
import { at, digest, finding, image, index, NOW, report, reported, signed, target } from "./given.ts";
import { config } from "./rules/given.ts";

const ROOT = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: all }
mode: enforce
teams:
  - { name: payments, repository: [payments/**, shop/pay] }
rules:
  - { id: no-high, rule: severity-threshold, atLeast: high }
  - { id: no-critical, rule: severity-threshold, atLeast: critical, locked: true }
`;

interface Written {
  readonly scope: string;
  readonly rule?: string;
}

function policyOf(layers: readonly Written[], root = ROOT): Policy {
  const texts = layers.map(({ scope, rule }, index) => ({
    file: `layer-${index}.yaml`,
    text: `apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: layer }\nscope: ${scope}\nrules:\n  - { ${rule ?? "id: no-high, rule: severity-threshold, atLeast: high, level: warn"} }\n`,
  }));
  return parsePolicySet({ text: root, file: "policy.yaml" }, texts, "v");
}

function labelled(labels: Readonly<Record<string, string>> | "unavailable", pair = "11"): ImageEvidence {
  const plain = image(reported(report([finding("CVE-2026-1", "high")])), signed(), { digest: digest(pair) });
  return { ...plain, ...(labels === "unavailable" ? { config: { kind: "unavailable", why: "w" } } : config({ labels })) };
}

const BAD = labelled({});

function places(policy: Policy, evidence: ImageEvidence = BAD, ...of: Parameters<typeof target>): readonly string[] {
  return evaluate(policy, target(...of), evidence, NOW).reasons.map(({ place, level }) => `${level} ${place}`);
}

const ORGANISATION = "enforce policy.yaml:8";

describe("a rule of a narrower file", () => {
  test("takes the place of the wider one with the same id, for the images of its scope only", () => {
    const policy = policyOf([{ scope: "{ repository: shop/* }" }]);
    expect(places(policy)).toEqual(["warn layer-0.yaml:6"]);
    expect(places(policy, BAD, "web/api")).toEqual([ORGANISATION]);
  });

  test("is narrower by team or label than by repository or tag, by that than by registry, in whatever order the files come", () => {
    const layers = ["{ registry: registry.example }", "{ repository: shop/pay }", "{ team: payments }"].map((scope) => ({ scope }));
    expect(places(policyOf(layers), BAD, "shop/pay")).toEqual(["warn layer-2.yaml:6"]);
    expect(places(policyOf(layers.toReversed()), BAD, "shop/pay")).toEqual(["warn layer-0.yaml:6"]);
    expect(places(policyOf(layers), BAD, "shop/api")).toEqual(["warn layer-0.yaml:6"]);
  });

  test("counts beside another one of the same rank", () => {
    const layers = [
      { scope: "{ repository: shop/* }" },
      { scope: "{ repository: '**/api' }", rule: "id: no-high, rule: severity-threshold, atLeast: high" },
    ];
    expect(places(policyOf(layers))).toEqual(["enforce layer-1.yaml:6"]);
  });

  test("with an id of its own is added", () => {
    const policy = policyOf([{ scope: "{ repository: shop/* }", rule: "id: own, rule: severity-threshold, atLeast: low" }]);
    expect(places(policy)).toEqual([ORGANISATION, "enforce layer-0.yaml:6"]);
  });

  test("whose own select does not fit replaces nothing", () => {
    const rule = "id: no-high, rule: severity-threshold, atLeast: critical, select: { tag: dev* }";
    expect(places(policyOf([{ scope: "{ repository: shop/* }", rule }]))).toEqual([ORGANISATION]);
  });

  test("tells why it is for the image, and what it replaces", () => {
    const [reason] = evaluate(policyOf([{ scope: "{ repository: shop/* }" }]), target(), BAD, NOW).reasons;
    expect(reason?.because).toBe("layer-0.yaml is for repository shop/*; instead of policy.yaml:8");
  });
});

describe("what fits only partly adds a rule and replaces none", () => {
  const milder = "id: no-high, rule: severity-threshold, atLeast: critical";

  test("as where one of two tags fits: no second tag buys a milder rule", () => {
    const policy = policyOf([{ scope: "{ tag: dev* }", rule: milder }]);
    expect(places(policy, BAD, "shop/api", ["dev"])).toEqual([]);
    expect(places(policy, BAD, "shop/api", ["dev", "1.0"])).toEqual([ORGANISATION]);
  });

  test("as where one of two platforms has the label, or a label cannot be read", () => {
    const policy = policyOf([{ scope: "{ labels: { tier: test } }", rule: milder }]);
    expect(places(policy, labelled({ tier: "test" }))).toEqual([]);
    expect(places(policy, labelled({ tier: "prod" }))).toEqual([ORGANISATION]);
    expect(places(policy, labelled("unavailable"))).toEqual([ORGANISATION]);
    expect(places(policy, index([labelled({ tier: "test" }), labelled({}, "22")]))).toEqual([ORGANISATION, ORGANISATION]);
  });
});

describe("a rule with labels", () => {
  const policy = parsePolicySet(
    {
      text: ROOT.replace("atLeast: high }", "atLeast: high, select: { labels: { tier: [prod, 'canary*'], owner: '*' } } }"),
      file: "policy.yaml",
    },
    [],
    "v",
  );

  test("is for images of which each label is there and fits", () => {
    expect(places(policy, labelled({ tier: "canary-2", owner: "a/b" }))).toEqual([ORGANISATION]);
    expect(places(policy, labelled({ tier: "test", owner: "a" }))).toEqual([]);
    expect(places(policy, labelled({ tier: "prod" }))).toEqual([]);
  });

  test("is for an image whose labels could not be read, and for an index with one such platform", () => {
    expect(places(policy, labelled("unavailable"))).toEqual([ORGANISATION]);
    expect(places(policy, index([labelled({ tier: "prod", owner: "a" }), labelled({}, "22")]))).toHaveLength(2);
  });
});

describe("files that do not agree are refused, with place and mend", () => {
  const problem = (layers: readonly Written[]): string => {
    try {
      policyOf(layers);
      return "";
    } catch (error) {
      if (error instanceof PolicyError) return error.message;
      throw error;
    }
  };

  test.each([
    [
      "a locked rule is replaced",
      { scope: "{ repository: a/* }", rule: "id: no-critical, rule: severity-threshold, atLeast: critical" },
      /layer-0\.yaml:6:11: the rule "no-critical" is locked in policy\.yaml:9/,
    ],
    [
      "a narrower file locks",
      { scope: "{ repository: a/* }", rule: "id: x, rule: scan-freshness, maxAge: 1d, locked: true" },
      /only the policy itself can lock/,
    ],
    ["the scope names nothing", { scope: "{}" }, /layer-0\.yaml:4:8: the scope names nothing/],
    ["a team is not known", { scope: "{ team: paymets }" }, /"paymets" is no team of this policy; did you mean "payments"/],
    ["the scope is missing", { scope: "" }, /layer-0\.yaml:4.*"scope" is empty/],
    [
      "nobody is trusted by the policy",
      { scope: "{ repository: a/* }", rule: "id: s, rule: signature-required, signers: [x]" },
      /nobody is trusted/,
    ],
  ])("%s", (_, layer, message) => {
    expect(problem([layer])).toMatch(message);
  });
});

describe("a staged rule", () => {
  const staged = (more = "") =>
    parsePolicySet(
      { text: ROOT.replace("atLeast: high }", `atLeast: high, enforceFrom: 2026-12-15${more} }`), file: "policy.yaml" },
      [],
      "v",
    );

  test("warns before its day, is enforced from then on, and has the image judged again on that day", () => {
    const before = evaluate(staged(), target(), BAD, NOW);
    expect(before).toMatchObject({
      kind: "compliant",
      reasons: [{ level: "warn", enforceFrom: at("2026-12-15T00:00:00Z") }],
      recheckAt: at("2026-12-15T00:00:00Z"),
    });
    expect(evaluate(staged(), target(), BAD, at("2026-12-15T00:00:00Z"))).toMatchObject({
      kind: "violating",
      reasons: [{ level: "enforce" }],
    });
  });

  test("holds nothing for a missing fact before its day", () => {
    const unscanned = image({ kind: "absent" });
    const hold = staged(", whenUnknown: hold");
    const holds = (now: typeof NOW) => evaluate({ ...hold, rules: hold.rules.slice(0, 1) }, target(), unscanned, now).holdsUnknown;
    expect([holds(NOW), holds(at("2026-12-15T00:00:00Z"))]).toEqual([false, true]);
  });

  test("of a level that is never enforced is refused", () => {
    expect(() => staged(", level: warn")).toThrow(/never enforced/);
  });
});

describe("a rule that waits for missing facts", () => {
  const waits = parsePolicySet(
    { text: ROOT.replace("atLeast: high }", "atLeast: high, whenUnknown: { wait: 4h, then: hold } }"), file: "policy.yaml" },
    [],
    "v",
  );
  const only = { ...waits, rules: waits.rules.slice(0, 1) };
  const unscanned = image({ kind: "absent" });

  test("holds from that long after the image was first seen, and is asked again then", () => {
    expect(evaluate(only, target(), unscanned, NOW)).toMatchObject({ holdsUnknown: false, recheckAt: at("2026-11-21T14:00:00Z") });
    expect(evaluate(only, target(), unscanned, at("2026-11-21T14:00:00Z"))).toMatchObject({ kind: "indeterminate", holdsUnknown: true });
  });

  test("does not wait where nothing is missing", () => {
    expect(evaluate(only, target(), image(reported(report())), NOW).recheckAt).toBeUndefined();
  });
});
