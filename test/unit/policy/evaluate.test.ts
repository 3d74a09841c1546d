import { describe, expect, test } from "vitest";
import type { ImageEvidence } from "../../../shared/domain/evidence.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { digest, finding, image, index, NOW, policy, report, reported, signature, signed, target } from "./given.ts";

const NO_HIGH = "id: no-high, rule: severity-threshold, atLeast: high";
const SIGNED = "id: signed, rule: signature-required";
const clean = (pair: string): ImageEvidence => image(reported(report()), signed(), { digest: digest(pair) });
const bad = (pair: string): ImageEvidence => image(reported(report([finding("CVE-2026-1", "high")])), signed(), { digest: digest(pair) });

function kindAndKeys(rules: readonly string[], evidence: ImageEvidence): readonly string[] {
  const { kind, reasons } = evaluate(policy(...rules), target(), evidence, NOW);
  return [kind, ...reasons.map((reason) => reason.key)];
}

describe("a verdict", () => {
  test("is violating by an enforced rule, and lists what other levels say", () => {
    const rules = [
      "id: a, rule: severity-threshold, atLeast: high",
      "id: b, rule: severity-threshold, atLeast: high, level: warn",
      "id: c, rule: severity-threshold, atLeast: high, level: audit",
    ];
    expect(kindAndKeys(rules, bad("11"))).toEqual(["violating", "a|CVE-2026-1|openssl", "b|CVE-2026-1|openssl", "c|CVE-2026-1|openssl"]);
  });

  test.each(["warn", "audit"])("is compliant where only a rule of level %s is violated or unknown", (level) => {
    expect(kindAndKeys([`${NO_HIGH}, level: ${level}`], bad("11"))[0]).toBe("compliant");
    expect(kindAndKeys([`${NO_HIGH}, level: ${level}`], image({ kind: "absent" }))).toEqual(["compliant", "no-high|findings"]);
  });

  test("is violating rather than indeterminate where both would be true", () => {
    expect(kindAndKeys([NO_HIGH, SIGNED], image({ kind: "absent" }))).toEqual(["violating", "signed|unsigned", "no-high|findings"]);
  });

  test("tells an image that no rule is for from one that satisfies its rules", () => {
    const none = evaluate(policy(`${NO_HIGH}, select: { repository: web/* }`), target(), bad("11"), NOW);
    expect(none).toMatchObject({ kind: "compliant", reasons: [], appliedRules: [] });
    expect(evaluate(policy(NO_HIGH), target(), clean("11"), NOW)).toMatchObject({
      kind: "compliant",
      reasons: [],
      appliedRules: ["no-high"],
    });
  });

  test("asks for a hold on unknown only where an enforced rule says so", () => {
    const holds = (rule: string, evidence = image({ kind: "absent" })) => evaluate(policy(rule), target(), evidence, NOW).holdsUnknown;
    expect(holds(NO_HIGH)).toBe(false);
    expect(holds(`${NO_HIGH}, whenUnknown: hold`)).toBe(true);
    expect(holds(`${NO_HIGH}, whenUnknown: hold`, bad("11"))).toBe(false);
    const [rule] = policy(`${NO_HIGH}, whenUnknown: hold`).rules;
    const warning = { ...policy(NO_HIGH), rules: rule === undefined ? [] : [{ ...rule, level: "warn" as const }] };
    expect(evaluate(warning, target(), image({ kind: "absent" }), NOW)).toMatchObject({
      holdsUnknown: false,
      reasons: [{ level: "warn" }],
    });
  });

  test("is looked at again at the earliest time that any rule names", () => {
    const rules = ["id: a, rule: scan-freshness, maxAge: 7d", "id: b, rule: scan-freshness, maxAge: 2h", SIGNED];
    expect(evaluate(policy(...rules), target(), clean("11"), NOW).recheckAt).toBe(NOW + 3_600_001);
  });

  test("names each reason's rule, kind, level and line", () => {
    expect(evaluate(policy(SIGNED, NO_HIGH), target(), bad("11"), NOW).reasons).toMatchObject([
      { ruleId: "no-high", rule: "severity-threshold", level: "enforce", place: "policy.yaml:11" },
      { ruleId: "signed", rule: "signature-required", level: "enforce", place: "policy.yaml:10" },
    ]);
  });
});

describe("an index", () => {
  test("is as bad as its worst child, and says which one", () => {
    const { kind, reasons } = evaluate(policy(NO_HIGH), target(), index([clean("11"), bad("22")]), NOW);
    expect(kind).toBe("violating");
    expect(reasons).toMatchObject([{ child: digest("22"), key: `no-high|CVE-2026-1|openssl|${digest("22")}` }]);
  });

  test("is indeterminate where one child was never scanned", () => {
    expect(kindAndKeys([NO_HIGH], index([clean("11"), image({ kind: "absent" }, signed(), { digest: digest("22") })]))).toEqual([
      "indeterminate",
      `no-high|findings|${digest("22")}`,
    ]);
  });

  test("is signed as a whole: its children need no signature, and theirs do not help it", () => {
    const good = signed(signature("ok", "release"));
    expect(kindAndKeys([SIGNED], index([clean("11")], { signatures: good }))).toEqual(["compliant"]);
    expect(kindAndKeys([SIGNED], index([image(reported(report()), good)]))).toEqual(["violating", "signed|unsigned"]);
  });

  test("gives its own report to its only child, for there is no doubt which one was scanned", () => {
    const child = image({ kind: "absent" }, signed(), { digest: digest("22") });
    const own = { findings: reported(report([finding("CVE-2026-1", "high")])) };
    expect(kindAndKeys([NO_HIGH], index([child], own))).toEqual(["violating", `no-high|CVE-2026-1|openssl|${digest("22")}`]);
    expect(kindAndKeys([NO_HIGH], index([child], { findings: reported(report()) }))).toEqual(["compliant"]);
  });

  test("gives its own report to no child where there are several, or one is missing", () => {
    const own = { findings: reported(report()) };
    const child = (pair: string) => image({ kind: "absent" }, signed(), { digest: digest(pair) });
    expect(kindAndKeys([NO_HIGH], index([child("22"), child("33")], own))[0]).toBe("indeterminate");
    expect(kindAndKeys([NO_HIGH], index([child("22")], { ...own, missingChildren: [digest("33")] }))).toEqual([
      "indeterminate",
      `no-high|findings|${digest("22")}`,
      "no-high|partial-index",
    ]);
  });

  test("counts its own report beside the child's, so that neither hides the other", () => {
    expect(kindAndKeys([NO_HIGH], index([bad("22")], { findings: reported(report()) }))[0]).toBe("violating");
  });

  test("is indeterminate where a child is missing, and a rule on signatures does not mind", () => {
    const partial = index([clean("11")], { missingChildren: [digest("33")], signatures: signed(signature("ok", "release")) });
    expect(kindAndKeys([NO_HIGH], partial)).toEqual(["indeterminate", "no-high|partial-index"]);
    expect(kindAndKeys([SIGNED], partial)).toEqual(["compliant"]);
  });

  test("that names nothing which could run is not clean", () => {
    expect(kindAndKeys([NO_HIGH], index([]))).toEqual(["indeterminate", "no-high|empty-index"]);
  });

  test("in an index is judged with its children", () => {
    const inner = { ...index([bad("22")]), subject: { ...index([]).subject, digest: digest("44") } };
    expect(kindAndKeys([NO_HIGH], index([clean("11"), inner]))).toEqual(["violating", `no-high|CVE-2026-1|openssl|${digest("22")}`]);
    expect(kindAndKeys([NO_HIGH], index([clean("11"), { ...inner, children: [], missingChildren: [digest("55")] }]))).toEqual([
      "indeterminate",
      "no-high|partial-index",
    ]);
  });
});
