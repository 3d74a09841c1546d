import { describe, expect, test } from "vitest";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import { notationAsked, type Shelf, scanAgeAsked, scanAsked, signatureAsked } from "../../../shared/policy/asked-of-registry.ts";
import { parsePolicy } from "../../../shared/policy/document.ts";

const shelf = (repository: string): Shelf => ({ registry: parseRegistryHost("registry.example"), repository: parseRepository(repository) });
const policy = (rules: string, more = "") =>
  parsePolicy(
    `apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: test }\nmode: enforce\n${more}\nrules:\n${rules}`,
    "policy.yaml",
    "0".repeat(12),
  );
const FRESH = (id: string, age: string, more = "") => `  - { id: ${id}, rule: scan-freshness, level: warn, maxAge: ${age}${more} }\n`;

describe("a registry's own scan", () => {
  test("is asked for by rules on findings, and by no others", () => {
    expect(scanAsked(policy(FRESH("fresh", "7d"), "findings: { trustReports: [registry] }"), shelf("team/app"))).toBe("required");
    expect(scanAsked(policy("  - { id: age, rule: image-age, level: warn, maxAge: 90d }"), shelf("team/app"))).toBe("none");
  });

  test("is one of several where other reports count, and none where the registry's do not", () => {
    expect(scanAsked(policy(FRESH("fresh", "7d")), shelf("team/app"))).toBe("perhaps");
    expect(scanAsked(policy(FRESH("fresh", "7d"), "findings: { trustReports: [posted] }"), shelf("team/app"))).toBe("none");
  });

  test("is asked for where a rule can be for an image, whatever its tags are", () => {
    const rules = FRESH("fresh", "7d", ", select: { repository: [team/*], tag: [1.*] }");
    const only = policy(rules, "findings: { trustReports: [registry] }");
    expect(scanAsked(only, shelf("team/app"))).toBe("required");
    expect(scanAsked(only, shelf("shop/app"))).toBe("none");
  });

  test("is asked for where a team's rule can be for an image", () => {
    const rules = FRESH("fresh", "7d", ", select: { team: [payments] }");
    const only = policy(rules, "findings: { trustReports: [registry] }\nteams: [{ name: payments, repository: [pay/*] }]");
    expect(scanAsked(only, shelf("pay/app"))).toBe("required");
    expect(scanAsked(only, shelf("shop/app"))).toBe("none");
  });

  test("is as young as the strictest rule that can be for an image asks", () => {
    const rules = `${FRESH("one", "7d")}${FRESH("two", "1d", ", select: { repository: [team/*] }")}`;
    expect(scanAgeAsked(policy(rules), shelf("team/app"))).toBe(parseDuration("1d"));
    expect(scanAgeAsked(policy(rules), shelf("shop/app"))).toBe(parseDuration("7d"));
    expect(scanAgeAsked(policy("  - { id: age, rule: image-age, level: warn, maxAge: 90d }"), shelf("team/app"))).toBeUndefined();
  });
});

test("a signature is one of the Notary Project's only where the rule takes such", () => {
  const trust = "trust: { notation: { name: release, policy: trustpolicy.json, store: truststore } }";
  const any = policy("  - { id: signed, rule: signature-required, level: enforce }", trust);
  expect([signatureAsked(any, shelf("team/app")), notationAsked(any, shelf("team/app"))]).toEqual([true, true]);
  const cosign = policy(
    "  - { id: signed, rule: signature-required, level: enforce, formats: [cosign] }",
    'trust: { identities: [{ name: ci, issuer: "https://issuer.example", subject: "https://subject.example" }], sigstore: [{ name: public, root: root.json }] }',
  );
  expect([signatureAsked(cosign, shelf("team/app")), notationAsked(cosign, shelf("team/app"))]).toEqual([true, false]);
});
