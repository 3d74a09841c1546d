import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { type Policy, parsePolicy } from "../../../shared/policy/document.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { finding, image, NOW, report, reported, signature, signed, target } from "./given.ts";

const FOLDER = new URL("../../../infra/policies/", import.meta.url);

function example(name: string): Policy {
  return parsePolicy(readFileSync(new URL(`${name}.yaml`, FOLDER), "utf8"), `${name}.yaml`, "v");
}

const FIXABLE = image(reported(report([finding("CVE-2026-1", "critical", "openssl", { fixed: ["3.0.14"] })])));
const UNFIXED = image(reported(report([finding("CVE-2026-1", "critical")])));
const CLEAN = image(reported(report()), signed(signature("ok", "release")));

describe("the example policies", () => {
  test.each(readdirSync(FOLDER).filter((name) => name.endsWith(".yaml")))("%s is read without a problem", (file) => {
    expect(example(basename(file, ".yaml")).rules.length).toBeGreaterThan(0);
  });

  test("baseline changes nothing, would hold what can be fixed and only lists what cannot", () => {
    const baseline = example("baseline");
    expect(baseline.mode).toBe("dry-run");
    expect(evaluate(baseline, target(), FIXABLE, NOW).kind).toBe("violating");
    expect(evaluate(baseline, target(), UNFIXED, NOW)).toMatchObject({ kind: "compliant", reasons: [{ level: "warn" }] });
    expect(evaluate(baseline, target(), image({ kind: "absent" }), NOW)).toMatchObject({ kind: "indeterminate", holdsUnknown: false });
  });

  test("strict holds what is severe, unsigned or never scanned", () => {
    const strict = example("strict");
    expect(strict.mode).toBe("enforce");
    expect(evaluate(strict, target(), CLEAN, NOW).kind).toBe("compliant");
    expect(evaluate(strict, target(), { ...CLEAN, signatures: signed() }, NOW).kind).toBe("violating");
    expect(evaluate(strict, target("tools/lint"), { ...CLEAN, signatures: signed() }, NOW).kind).toBe("compliant");
    expect(evaluate(strict, target(), UNFIXED, NOW).kind).toBe("violating");
    expect(evaluate(strict, target(), { ...CLEAN, findings: { kind: "absent" } }, NOW)).toMatchObject({
      kind: "indeterminate",
      holdsUnknown: true,
    });
  });

  test("audit-only lists and calls everything compliant", () => {
    const auditOnly = example("audit-only");
    for (const evidence of [FIXABLE, image({ kind: "absent" })]) {
      const verdict = evaluate(auditOnly, target(), evidence, NOW);
      expect(verdict.kind).toBe("compliant");
      expect(verdict.reasons.length).toBeGreaterThan(0);
    }
  });
});
