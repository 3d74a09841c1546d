import { describe, expect, it, test } from "vitest";
import { stringify } from "yaml";
import { importBinauthzPolicy, printImported } from "../../../shared/policy/binauthz/import.ts";
import { placeOfDirectories, placeOfImages } from "../../../shared/policy/binauthz/patterns.ts";
import { parsePolicy } from "../../../shared/policy/document.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";
import { matchesGlob } from "../../../shared/policy/select.ts";
import { PLATFORM_POLICY, PROJECT_POLICY } from "../../fixtures/binauthz-policy.ts";

const imported = (document: object) => importBinauthzPolicy(JSON.stringify(document, undefined, 2), "google.json");

/** The draft as our parser reads it. */
function parsed(document: object) {
  const { policy } = imported(document);
  expect(policy).toBeDefined();
  return parsePolicy(printImported(policy ?? {}), "policy.yaml", "v");
}

const project = (rule: object, more: object = {}) => ({ name: "projects/acme/policy", defaultAdmissionRule: rule, ...more });
const check = (one: object) => ({ name: "projects/acme/platforms/gke/policies/p", gkePolicy: { checkSets: [{ checks: [one] }] } });
const leftOutOf = (document: object) => imported(document).leftOut.map(({ from }) => from.replace(/:\d+:\d+$/, ""));
const ENFORCED = "ENFORCED_BLOCK_AND_AUDIT_LOG";

describe("the policy of a project", () => {
  it("becomes attestors, all of whom have to sign, in a dry run", () => {
    const { id, mode, trust, rules } = parsed(PROJECT_POLICY);
    expect({ name: id.name, mode }).toEqual({ name: "binauthz-acme", mode: "dry-run" });
    expect(trust.attestors).toMatchObject([
      { name: "built-by-ci", kind: "looked-up", attestor: "projects/acme/attestors/built-by-ci" },
      { name: "qa", kind: "looked-up", attestor: "projects/acme/attestors/qa" },
    ]);
    expect(rules).toMatchObject([
      { rule: "signature-required", level: "enforce", signers: ["built-by-ci", "qa"], need: "all", formats: ["binauthz"] },
    ]);
  });

  it("says of every exemption, cluster and system image that it has no counterpart, and where it stands", () => {
    expect(imported(PROJECT_POLICY).leftOut.map(({ from }) => from)).toEqual([
      "google.json:3:33",
      "google.json:5:5",
      "google.json:8:5",
      "google.json:13:28",
    ]);
  });

  it("in YAML says the same as in JSON", () => {
    const { leftOut: _, ...fromYaml } = importBinauthzPolicy(stringify(PROJECT_POLICY), "google.yaml");
    const { leftOut: __, ...fromJson } = imported(PROJECT_POLICY);
    expect(fromYaml).toEqual(fromJson);
  });

  it("that only logs becomes a rule that only warns", () => {
    const rule = {
      evaluationMode: "REQUIRE_ATTESTATION",
      enforcementMode: "DRYRUN_AUDIT_LOG_ONLY",
      requireAttestationsBy: ["projects/a/attestors/b"],
    };
    expect(parsed(project(rule)).rules).toMatchObject([{ level: "warn" }]);
    expect(imported(project(rule)).leftOut).toEqual([]);
  });

  it("that denies everything but some images becomes the places that are allowed", () => {
    const patterns = ["gcr.io/acme/base", "europe-docker.pkg.dev/acme/**", "gcr.io/acme/tagged:1.0"].map((namePattern) => ({
      namePattern,
    }));
    const document = project({ evaluationMode: "ALWAYS_DENY", enforcementMode: ENFORCED }, { admissionWhitelistPatterns: patterns });
    expect(parsed(document).rules).toMatchObject([
      {
        rule: "registry-allowed",
        places: [
          { registry: ["gcr.io"], repository: ["acme/base"] },
          { registry: ["europe-docker.pkg.dev"], repository: ["acme/**/*"] },
        ],
      },
    ]);
    expect(imported(document).leftOut).toHaveLength(1);
  });

  it("that allows everything makes no policy, and leaves nothing out", () => {
    expect(imported(project({ evaluationMode: "ALWAYS_ALLOW", enforcementMode: ENFORCED }))).toMatchObject({ leftOut: [] });
    expect(imported(project({ evaluationMode: "ALWAYS_ALLOW" })).policy).toBeUndefined();
  });

  test.each([
    ["denies everything", { evaluationMode: "ALWAYS_DENY" }],
    ["has a mode that is not known", { evaluationMode: "ASK_SOMEBODY" }],
    [
      "names an attestor in no known way",
      { evaluationMode: "REQUIRE_ATTESTATION", requireAttestationsBy: ["projects/a/attestors/b", "b"] },
    ],
    ["names nobody", { evaluationMode: "REQUIRE_ATTESTATION" }],
  ])("that %s makes no milder rule of it", (_, rule) => {
    expect(imported(project(rule)).policy).toBeUndefined();
    expect(imported(project(rule)).leftOut).toHaveLength(1);
  });

  it("names whatever it has that is not known", () => {
    const rule = { evaluationMode: "ALWAYS_ALLOW", evaluationSchedule: "daily" };
    expect(imported(project(rule, { regionalRules: {} })).leftOut.map(({ why }) => /"(\w+)" is not known/.exec(why)?.[1])).toEqual([
      "evaluationSchedule",
      "regionalRules",
    ]);
  });

  it("gives attestors of one name in two projects a name each", () => {
    const requireAttestationsBy = ["projects/one/attestors/qa", "projects/two/attestors/qa", "projects/two/attestors/qa"];
    const { trust } = parsed(project({ evaluationMode: "REQUIRE_ATTESTATION", enforcementMode: ENFORCED, requireAttestationsBy }));
    expect(trust.attestors?.map(({ name }) => name)).toEqual(["qa", "qa-2"]);
  });
});

describe("a policy of continuous validation", () => {
  it("becomes rules that warn, as it only logs", () => {
    const { id, trust, rules } = parsed(PLATFORM_POLICY);
    expect(id.name).toBe("binauthz-acme-running-pods");
    expect(trust.keys.map(({ name }) => name)).toEqual(["release-team"]);
    expect(rules).toMatchObject([
      {
        rule: "registry-allowed",
        places: [
          { registry: ["*-docker.pkg.dev"], repository: ["acme/shop/*"] },
          { registry: ["gcr.io"], repository: ["acme/*/*"] },
          { registry: ["gcr.io"], repository: ["acme-base/*/**/*"] },
        ],
      },
      { rule: "image-age", since: "firstSeen", maxAge: 30 * 86_400_000 },
      { rule: "severity-threshold", atLeast: "medium", ignoreUnfixed: true },
      { rule: "severity-threshold", atLeast: "critical", ignoreUnfixed: false },
      { rule: "severity-threshold", ids: ["CVE-2021-44228"] },
      { rule: "signature-required", signers: ["release-team"], formats: ["cosign"] },
    ]);
    expect(rules.every(({ level }) => level === "warn")).toBe(true);
  });

  it("says what has no counterpart: exemptions, scopes, ignored ids, provenance and attestations without a note", () => {
    const whys = imported(PLATFORM_POLICY).leftOut.map(({ why }) => why);
    expect(whys).toHaveLength(5);
    for (const word of ["gke-release", "sandbox", "CVE-2024-0001", "provenance", "note"])
      expect(whys.filter((why) => why.includes(word))).not.toEqual([]);
  });

  test.each([
    ["the same limit for both", "MEDIUM", "MEDIUM", [{ atLeast: "high", ignoreUnfixed: false }], 0],
    ["nothing at all", "BLOCK_ALL", "BLOCK_ALL", [{ atLeast: undefined, ignoreUnfixed: false }], 0],
    ["everything", "ALLOW_ALL", "CRITICAL", [], 0],
    ["only what cannot be fixed", "BLOCK_ALL", "ALLOW_ALL", [{ atLeast: undefined, ignoreUnfixed: true }], 0],
    ["more of what can be fixed", "HIGH", "LOW", [{ atLeast: "critical", ignoreUnfixed: true }], 1],
    ["an unknown limit", "TERRIBLE", "HIGH", [{ atLeast: "critical", ignoreUnfixed: false }], 1],
  ])("that allows vulnerabilities (%s) is never taken over more strictly", (_, fixable, unfixable, rules, leftOut) => {
    const document = check({ vulnerabilityCheck: { maximumFixableSeverity: fixable, maximumUnfixableSeverity: unfixable } });
    const { policy } = imported(document);
    const made = policy === undefined ? [] : parsed(document).rules;
    const limits = made.map((rule) =>
      rule.rule === "severity-threshold" ? { atLeast: rule.atLeast, ignoreUnfixed: rule.ignoreUnfixed } : rule,
    );
    expect(limits).toEqual(rules);
    expect(imported(document).leftOut).toHaveLength(leftOut);
  });

  test.each([
    ["a kind that is not known", { sbomCheck: { required: true } }],
    ["a field that is not known", { imageFreshnessCheck: { maxUploadAgeDays: 1, minUploadAgeDays: 2 } }],
    ["no number of days", { imageFreshnessCheck: {} }],
    ["a directory that is none", { trustedDirectoryCheck: { trustedDirPatterns: ["gcr.i*"] } }],
    ["a private key", { sigstoreSignatureCheck: { sigstoreAuthorities: [] } }],
    ["nothing but a denial", { alwaysDeny: true }],
  ])("with a check of %s says so", (_, one) => {
    expect(leftOutOf(check(one))).toEqual(["google.json"]);
  });
});

describe("patterns", () => {
  test.each([
    ["gcr.io/p/image", "p/image", true],
    ["gcr.io/p/*", "p/image", true],
    ["gcr.io/p/*", "p/q/image", false],
    ["gcr.io/p/**", "p/q/image", true],
    ["gcr.io/p/**", "p", false],
    ["gcr.io/p/im*", "p/image", true],
    ["gcr.io/p/im**", "p/image/more", true],
    ["gcr.io/p/im**", "p/other", false],
  ])("of images: %s and %s", (pattern, repository, expected) => {
    expect(matchesGlob(placeOfImages(pattern)?.repository ?? "", repository)).toBe(expected);
  });

  test.each([
    ["gcr.io/p/r", "p/r/image", true],
    ["gcr.io/p/r", "p/r/sub/image", false],
    ["gcr.io/p/*", "p/r/image", true],
    ["gcr.io/p/*", "p/image", false],
    ["gcr.io/p/**", "p/r/sub/image", true],
    ["gcr.io/p/**", "q/r/image", false],
  ])("of directories: %s and %s", (pattern, repository, expected) => {
    expect(matchesGlob(placeOfDirectories(pattern)?.repository ?? "", repository)).toBe(expected);
  });

  test.each(["gcr.io", "*", "**", "gcr.io/**", "g*r.io/p", "gcr.io/p/*/q", "gcr.io/p@sha256:00", "gcr.io/P"])(
    "%s has no place",
    (pattern) => {
      expect([placeOfImages(pattern), placeOfDirectories(pattern)]).toEqual([undefined, undefined]);
    },
  );
});

test.each([{}, { gkePolicy: 1 }, { rules: [] }, { gkePolicy: { checkSets: 1 } }, { defaultAdmissionRule: { evaluationMode: 1 } }, []])(
  "%j is no policy of Binary Authorization",
  (document) => {
    expect(() => imported(document)).toThrow(PolicyError);
  },
);
