import { describe, expect, test } from "vitest";
import { parseTag } from "../../../../shared/domain/image-ref.ts";
import { PolicyError } from "../../../../shared/policy/policy-error.ts";
import { digest, index } from "../given.ts";
import { clean, judge, outcome } from "./given.ts";

describe("registry-allowed", () => {
  const rule =
    "rule: registry-allowed, places: [{ registry: [registry.example, '*.corp.example'] }, { registry: public.example, repository: [base/**] }]";

  test.each([
    ["registry.example", "shop/api", []],
    ["eu.corp.example", "shop/api", []],
    ["corp.example", "shop/api", ["violated a|place"]],
    ["public.example", "base/debian/12", []],
    ["public.example", "shop/api", ["violated a|place"]],
  ])("judges %s/%s", (registry, repository, expected) => {
    expect(outcome(judge(rule, clean(), { registry, repository }))).toEqual(expected);
  });

  test("refuses a policy with a pattern that no registry could fit", () => {
    expect(() => judge("rule: registry-allowed, places: [{ registry: 'https://x' }]", clean())).toThrow(PolicyError);
  });
});

describe("tag-rules", () => {
  test.each([
    ["deny: latest", ["1.0", "latest"], ["violated a|denied|latest"]],
    ["deny: [latest, dev-*]", ["dev-7"], ["violated a|denied|dev-7"]],
    ["deny: latest", ["latest-stable"], []],
    ["allow: [v*]", ["v1", "1"], ["violated a|form|1"]],
    ["semver: true", ["1.2.3", "v2.0.0-rc.1"], []],
    ["semver: true", ["1.2", "main"], ["violated a|semver|1.2", "violated a|semver|main"]],
    ["required: true", [], ["violated a|untagged"]],
    ["deny: latest, semver: true", [], []],
  ])("with %s judges %j", (settings, tags, expected) => {
    expect(outcome(judge(`rule: tag-rules, ${settings}`, clean(), { tags }))).toEqual(expected);
  });

  test("judges an index once, under its own tags", () => {
    const child = clean({ subject: { ...clean().subject, tags: [parseTag("latest")] } });
    expect(outcome(judge("rule: tag-rules, deny: latest", index([child, child]), { tags: ["latest"] }))).toEqual([
      "violated a|denied|latest",
    ]);
  });
});

describe("platform-required", () => {
  const built = (architecture: string, variant?: string) => {
    const { subject } = clean();
    return clean({ subject: { ...subject, platform: { os: "linux", architecture, ...(variant === undefined ? {} : { variant }) } } });
  };

  test("wants every platform, whatever its variant", () => {
    const rule = "rule: platform-required, required: [linux/amd64, linux/arm64]";
    expect(outcome(judge(rule, index([built("amd64"), built("arm64", "v8")])))).toEqual([]);
    expect(outcome(judge(rule, index([built("amd64"), built("arm", "v7")])))).toEqual(["violated a|missing|linux/arm64"]);
  });

  test("does not take one architecture for another whose name begins alike", () => {
    expect(outcome(judge("rule: platform-required, required: [linux/arm]", built("arm64")))).toEqual(["violated a|missing|linux/arm"]);
  });

  test("names each platform that is not allowed", () => {
    const rule = "rule: platform-required, allowed: [linux/amd64]";
    expect(outcome(judge(rule, index([built("amd64"), built("s390x")])))).toEqual(["violated a|not-allowed|linux/s390x"]);
  });

  test("is unknown where an image does not tell its platform or an index is not whole", () => {
    const rule = "rule: platform-required, required: [linux/amd64]";
    expect(outcome(judge(rule, clean()))).toEqual(["unknown a|missing linux/amd64"]);
    expect(outcome(judge(rule, index([built("arm64")], { missingChildren: [digest("77")] })))).toEqual(["unknown a|missing linux/amd64"]);
  });
});

test.each(["configuration", "configuration, notRoot: false", "licence", "platform-required", "tag-rules, semver: false"])(
  "a policy is refused whose rule asks for nothing: %s",
  (rule) => {
    expect(() => judge(`rule: ${rule}`, clean())).toThrow(PolicyError);
  },
);
