import { describe, expect, test } from "vitest";
import { compileExpression } from "../../../../shared/policy/cel/compile.ts";
import { costOf, MOST_STEPS } from "../../../../shared/policy/cel/cost.ts";
import { compileProgram } from "../../../../shared/policy/cel/engine.ts";
import { ExpressionError } from "../../../../shared/policy/cel/expression-error.ts";
import { compilePattern } from "../../../../shared/policy/cel/pattern.ts";
import type { RecordOf, ValuesOf } from "../../../../shared/policy/cel/types.ts";

const FINDING: RecordOf<"Finding"> = {
  id: "CVE-2026-1",
  aliases: [],
  title: "",
  severity: "high",
  rank: 3n,
  hasScore: true,
  score: 7.5,
  vectors: [],
  package: "openssl",
  versions: ["3.0.11"],
  types: ["debian"],
  purls: [],
  paths: [],
  hasFix: true,
  fixState: "fixed",
  fixVersions: ["3.0.12"],
  hasPublishedDays: true,
  publishedDays: 20n,
  hasFixDays: false,
  fixDays: 0n,
  seenDays: 1n,
  isKnownExploited: false,
  hasProbability: false,
  probability: 0,
  percentile: 0,
};

const findings = (...more: readonly Partial<RecordOf<"Finding">>[]): ValuesOf<"image"> => ({
  findings: more.map((one) => ({ ...FINDING, ...one })),
});
const evaluate = (source: string, values: ValuesOf<"image">) => compileExpression(source, "image").evaluate(values);

function problem(source: string): string {
  try {
    compileExpression(source, "image");
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
  return "";
}

describe("an expression", () => {
  test.each([
    ['findings.exists(f, f.severity == "high" && f.hasFix && f.publishedDays > 7)', true],
    ["findings.exists(f, f.publishedDays + 1 == 21)", true],
    ["findings.exists(f, f.score > 7)", true],
    ["findings[0].rank == 3", true],
    ['re2(findings[0].id, "^CVE-\\\\d{4}-")', true],
    ["findings.all(f, f.fixVersions.size() == 0)", false],
    ['"debian" in findings.map(f, f.types[0])', true],
  ])("is evaluated: %s", (source, value) => {
    expect(evaluate(source, findings({}))).toEqual({ kind: "result", value });
  });

  test.each([["findings.exists(f, f.publishedDays / 0 > 1)"], ['findings[7].id == ""'], ["findings.all(f, f.versions[3] == f.id)"]])(
    "whose evaluation fails has no result: %s",
    (source) => {
      expect(evaluate(source, findings({}))).toMatchObject({ kind: "failed" });
    },
  );

  test("hides no failure behind a list that is not empty, but for one item that decides", () => {
    const source = 'findings.exists(f, f.versions[0] == "x")';
    expect(evaluate(source, findings({ versions: [] }, { versions: ["y"] }))).toMatchObject({ kind: "failed" });
    expect(evaluate(source, findings({ versions: [] }, { versions: ["x"] }))).toEqual({ kind: "result", value: true });
  });

  test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])("takes a label named %s for a label", (name) => {
    const labels = Object.fromEntries([[name, "x"]]);
    const config: RecordOf<"Config"> = {
      user: "",
      isRoot: true,
      envNames: [],
      ports: [],
      labels,
      entrypoint: [],
      cmd: [],
      volumes: [],
      workingDir: "",
      hasHealthcheck: false,
      layers: [],
      hasBuiltDays: false,
      builtDays: 0n,
    };
    const source = `config.labels["${name}"] == "x" && size(config.labels) == 1`;
    expect(evaluate(source, { config })).toEqual({ kind: "result", value: true });
    expect(evaluate(`"${name}" in config.labels`, { config: { ...config, labels: {} } })).toEqual({ kind: "result", value: false });
  });

  test.each([
    ["findings.exists(f, f.sevrity == 'x')", "line 1, column 22", "severity"],
    ["findings.exists(f,\n  f.severity == 3)", "line 2, column 3", "string == int"],
    ["image.digest == 1", "line 1, column 1", "string == int"],
    ["finding.size() > 0", "line 1, column 1", "finding"],
    ["findings.size()", "line 1, column 1", "int"],
    ["statements[0].predicate.ok", "line 1, column 1", "dyn"],
    ["((((", "line 1, column 5", ""],
    ["", "line 1, column 1", ""],
  ])("is refused with line and column: %s", (source, place, word) => {
    expect(problem(source)).toContain(place);
    expect(problem(source)).toContain(word);
  });

  test.each([
    ["findings[0].id.matches('(a+)+$')", "re2"],
    ["re2(findings[0].id, findings[0].title)", "as text"],
    ["re2(findings[0].id, '(?=a)')", "pattern"],
    ["re2(findings[0].id, '(a{1000}){1000}')", "pattern"],
    [`re2(findings[0].id, '${"a".repeat(501)}')`, "500"],
    ["re2(findings[0].id, '(aa|bb|cc|dd|ee){0,900}')", "too large"],
    ["findings.exists(a, findings.exists(b, findings.exists(c, a.id == b.id && b.id == c.id)))", "deep"],
    ["findings.map(f, f.id + f.id).size() > 0", "map may"],
    ["findings.map(f, [f.id]).size() > 0", "map may"],
    ["findings.map(f, findings.map(g, f)).size() > 0", "map may"],
    ["findings.exists(image, image.id == '')", "image"],
    ["findings[0].id.split('').size() > 0", "split"],
    ["cel.bind(x, 1, x == 1)", "bind"],
    ["dyn(1) == 1", "dyn"],
    ["{'a': 1}.size() > 0", ""],
    [`[${"1,".repeat(1000)}1].size() > 0`, ""],
    [`${"1 + ".repeat(1500)}1 > 0`, ""],
    [`${"(".repeat(5000)}true${")".repeat(5000)}`, ""],
    [`${"!".repeat(5000)}true`, ""],
  ])("that could go on without end or grow without end is refused: %s", (source, word) => {
    expect(problem(source)).not.toBe("");
    expect(problem(source)).toContain(word);
  });

  test("that could take too many steps on the evidence at hand is not run", () => {
    const many = findings(...Array.from({ length: 20_000 }, () => ({})));
    expect(evaluate("findings.all(f, findings.all(g, g.id == f.id))", many)).toMatchObject({ kind: "failed" });
    expect(evaluate("findings.all(f, findings.all(g, g.id == f.id))", findings({}, {}))).toEqual({ kind: "result", value: true });
    expect(evaluate("findings.all(f, f.rank >= 3 && f.hasFix)", many)).toEqual({ kind: "result", value: true });
  });

  test("that matches a pattern in very long texts is not run", () => {
    const long = findings(...Array.from({ length: 500 }, () => ({ title: "a".repeat(10_000) })));
    expect(evaluate("findings.exists(f, re2(f.title, '(a+)+$'))", long)).toMatchObject({ kind: "failed" });
    expect(evaluate("findings.exists(f, f.vectors.exists(v, re2(v, 'AV:N')))", long)).toEqual({ kind: "result", value: false });
  });
});

test("a pattern that goes back without end in other engines ends here", () => {
  const pattern = compilePattern("(a+)+$");
  expect(typeof pattern === "string" ? pattern : pattern.fits(`${"a".repeat(5_000)}b`)).toBe(false);
});

test("the bound on steps counts the items of what a name stands for", () => {
  const sizes = { variable: () => 10, field: () => 100, item: () => 1_000, pattern: () => 10, largest: () => MOST_STEPS };
  const cost = (source: string) => costOf(compileProgram(source, "image", () => false).ast, sizes);
  expect(cost('findings.exists(f, re2(f.title, "x"))')).toBeGreaterThan(10 * 100 * 10);
  expect(cost('findings.exists(f, re2(f.title, "x"))')).toBeLessThan(10 * 100 * 10 * 100);
  expect(cost('findings.exists(f, f.aliases.exists(a, re2(a, "x")))')).toBeGreaterThan(10 * 100 * 1_000 * 10);
});
