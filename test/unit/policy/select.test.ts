import { describe, expect, test } from "vitest";
import { fitOf, type Selector } from "../../../shared/policy/fit.ts";
import { matchesGlob, type Target } from "../../../shared/policy/select.ts";

import { target } from "./given.ts";

const selects = (selector: Selector, image: Target) => fitOf(selector, { target: image, labels: [], teams: [] }) !== "no";

describe("a pattern", () => {
  test.each([
    ["shop/api", "shop/api", true],
    ["shop/api", "shop/apis", false],
    ["shop/*", "shop/api", true],
    ["shop/*", "shop/api/v2", false],
    ["shop/*", "shop", false],
    ["*/api", "shop/api", true],
    ["shop/a*i", "shop/api", true],
    ["shop/a*i", "shop/ai", true],
    ["shop/**", "shop/api/v2", true],
    ["shop/**", "shop", true],
    ["shop/**", "shopping/api", false],
    ["**/api", "api", true],
    ["**/api", "team/shop/api", true],
    ["**/api", "team/api/web", false],
    ["a/**/z", "a/z", true],
    ["a/**/z", "a/b/c/z", true],
    ["a/**/b*/**/z", "a/x/b1/y/b2/z", true],
    ["*.example.com", "a.b.example.com", true],
    ["1.*", "1.2.3", true],
    ["1.*", "11.2", false],
  ])("%s fits %s: %s", (pattern, text, fits) => {
    expect(matchesGlob(pattern, text)).toBe(fits);
  });

  test("that would make a backtracking matcher run for ages is answered at once", () => {
    expect(matchesGlob(`${"a*".repeat(100)}b`, "a".repeat(255))).toBe(false);
    expect(matchesGlob(`${"**/a*/".repeat(30)}b`, "a/".repeat(120))).toBe(false);
  });
});

describe("a rule is for an image", () => {
  test("where nothing is selected", () => {
    expect(selects({}, target())).toBe(true);
  });

  test("only where every field that is given fits", () => {
    expect(selects({ registry: ["registry.example"], repository: ["shop/*"] }, target())).toBe(true);
    expect(selects({ registry: ["other.example"], repository: ["shop/*"] }, target())).toBe(false);
    expect(selects({ registry: ["registry.example"], repository: ["web/*"] }, target())).toBe(false);
  });

  test("where any pattern of a list fits", () => {
    expect(selects({ repository: ["web/*", "shop/*"] }, target())).toBe(true);
  });

  test("where any tag of its digest fits, so that a second tag takes no image out of a rule", () => {
    expect(selects({ tag: ["v*"] }, target("shop/api", ["latest", "v1"]))).toBe(true);
  });

  test("never by a tag where it has none", () => {
    expect(selects({ tag: ["v*"] }, target("shop/api", []))).toBe(false);
  });
});
