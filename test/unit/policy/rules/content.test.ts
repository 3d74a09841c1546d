import { describe, expect, test } from "vitest";
import { image, report, reported } from "../given.ts";
import { clean, content, judge, looked, outcome } from "./given.ts";

describe.each([
  ["secrets", "secret"],
  ["malware", "malware"],
] as const)("%s", (rule, kind) => {
  const settings = `rule: ${rule}`;

  test("takes silence for cleanliness only of a report that looked for it", () => {
    expect(outcome(judge(settings, looked([kind])))).toEqual([]);
    expect(outcome(judge(settings, looked(["misconfiguration"])))).toEqual([`unknown a|${kind}`]);
    expect(outcome(judge(settings, clean()))).toEqual([`unknown a|${kind}`]);
  });

  test("is unknown where nobody scanned", () => {
    expect(outcome(judge(settings, image({ kind: "absent" })))).toEqual(["unknown a|findings"]);
    expect(outcome(judge(settings, image({ kind: "failed", why: "x" })))).toEqual(["unknown a|findings"]);
  });

  test("counts what was found even if the report did not say that it looked, or is old", () => {
    const found = content(kind, "x", { path: "app/.env" });
    expect(outcome(judge(settings, looked([], found)))).toEqual(["violated a|x|app/.env", `unknown a|${kind}`]);
    const stale = image({ kind: "stale", why: "old", reports: [report([], { covers: [kind], content: [found] })] });
    expect(outcome(judge(settings, stale))).toEqual(["violated a|x|app/.env", "unknown a|findings"]);
  });

  test("tells once what two reports tell", () => {
    const one = report([], { covers: [kind], content: [content(kind, "x", { path: "f" })] });
    expect(outcome(judge(settings, image(reported(one, { ...one, scanner: "other" }))))).toEqual(["violated a|x|f"]);
  });

  test("believes a report of content alone, beside one on vulnerabilities that looked for none", () => {
    const only = report([], { scanner: "content", covers: [kind], content: [content(kind, "x", { path: "f" })] });
    expect(outcome(judge(settings, clean({ content: [only] })))).toEqual(["violated a|x|f"]);
    expect(outcome(judge(settings, clean({ content: [{ ...only, content: [] }] })))).toEqual([]);
  });

  test("counts nothing of another kind", () => {
    expect(outcome(judge(settings, looked([kind], content("misconfiguration", "x"))))).toEqual([]);
  });
});

test("secrets counts from a severity on, always those that nobody rated, and excepts by rule and path together", () => {
  const found = looked(
    ["secret"],
    content("secret", "low", { severity: "low" }),
    content("secret", "unrated", { severity: "unknown" }),
    content("secret", "jwt", { path: "/usr/share/doc/a/b.md:12" }),
    content("secret", "jwt", { path: "app/x" }),
  );
  const rule = "rule: secrets, atLeast: medium, except: [{ rule: jwt, path: usr/share/doc/** }]";
  expect(outcome(judge(rule, found))).toEqual(["violated a|jwt|app/x", "violated a|unrated|"]);
});

test.each([
  ["low", "high"],
  ["high", "low"],
  ["low", "unknown"],
  ["unknown", "low"],
] as const)("one thing that reports rate %s and %s counts by the rating that counts", (first, second) => {
  const found = looked(["secret"], content("secret", "x", { severity: first }), content("secret", "x", { severity: second }));
  expect(outcome(judge("rule: secrets, atLeast: high", found))).toEqual(["violated a|x|"]);
});

test("malware excepts signatures by name", () => {
  expect(outcome(judge("rule: malware, except: Eicar-*", looked(["malware"], content("malware", "Eicar-Test"))))).toEqual([]);
});
