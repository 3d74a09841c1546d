import { describe, expect, test } from "vitest";
import type { AttestationFact } from "../../../../shared/domain/evidence.ts";
import { add, instant, parseDuration } from "../../../../shared/domain/time.ts";
import { PolicyError } from "../../../../shared/policy/policy-error.ts";
import { SUMMARY_TYPE } from "../../../../shared/policy/rules/verification-summary.ts";
import { NOW, signedBy } from "../given.ts";
import { attested, clean, judge, outcome } from "./given.ts";

const VERIFIER = "https://verifier.example/v1";
const PASSED = {
  verifier: { id: VERIFIER },
  timeVerified: "2026-11-21T10:00:00Z",
  resourceUri: "oci://registry.example/shop/api",
  policy: { uri: "https://policy.example/prod" },
  verificationResult: "PASSED",
  verifiedLevels: ["SLSA_BUILD_LEVEL_3", "ORG_SIGNED"],
};

const summary = (more: object = {}, by: Pick<AttestationFact, "signedBy"> = signedBy("release")): AttestationFact => ({
  predicateType: SUMMARY_TYPE,
  predicate: { ...PASSED, ...more },
  place: "sha256:aa",
  ...by,
});
const of = (settings: string, ...statements: readonly AttestationFact[]) =>
  outcome(judge(`rule: verification-summary, verifiers: [{ id: ${VERIFIER} }]${settings}`, clean(attested(...statements))));

describe("verification-summary", () => {
  test("is satisfied by a summary that passed, of a verifier that counts, signed by somebody trusted", () => {
    expect(of("", summary())).toEqual([]);
    expect(of("", summary({}, {}))).toEqual(["violated a|summary"]);
    expect(of("", summary({}, signedBy("stranger")))).toEqual(["violated a|summary"]);
    expect(of("", summary({ verifier: { id: "https://verifier.example/v2" } }))).toEqual(["violated a|summary"]);
    expect(of("", { ...summary(), predicateType: "https://slsa.dev/provenance/v1" })).toEqual(["violated a|summary"]);
  });

  test.each([
    [{ verificationResult: "FAILED" }],
    [{ verificationResult: "passed" }],
    [{ verificationResult: true }],
    [{ verificationResult: undefined }],
    [{ verifiedLevels: ["SLSA_BUILD_LEVEL_3", "FAILED"] }],
  ])("T31: is never satisfied by a summary that says %j, also where any statement of its type would do", (more) => {
    expect(of("", summary(more))).toEqual(["violated a|summary"]);
    const evidence = clean(attested(summary(more)));
    expect(outcome(judge(`rule: attestation-required, predicateType: ${SUMMARY_TYPE}`, evidence))).toEqual(["violated a|statement"]);
    expect(outcome(judge(`rule: attestation-required, predicateType: ${SUMMARY_TYPE}, allowUnverified: true`, evidence))).toEqual([
      "violated a|statement",
    ]);
  });

  test("takes the highest level of a track for those below it, and no other track for it", () => {
    expect(of(", levels: [SLSA_BUILD_LEVEL_2, ORG_SIGNED]", summary())).toEqual([]);
    expect(of(", levels: [SLSA_BUILD_LEVEL_4]", summary())).toEqual(["violated a|summary"]);
    expect(of(", levels: [SLSA_SOURCE_LEVEL_1]", summary())).toEqual(["violated a|summary"]);
    expect(of(", levels: [SLSA_BUILD_LEVEL_1]", summary({ verifiedLevels: ["SLSA_BUILD_LEVEL_UNEVALUATED"] }))).toEqual([
      "violated a|summary",
    ]);
    expect(of(", levels: [ORG_SIGNED]", summary({ verifiedLevels: "ORG_SIGNED" }))).toEqual(["violated a|summary"]);
  });

  test("takes each verifier's word from those alone who sign for it", () => {
    const rule = (signers: string, by: string) =>
      outcome(
        judge(
          `rule: verification-summary, verifiers: [{ id: ${VERIFIER}, signers: [${signers}] }]`,
          clean(attested(summary({}, signedBy(by)))),
        ),
      );
    expect(rule("release", "release")).toEqual([]);
    expect(rule("dev", "release")).toEqual(["violated a|summary"]);
    expect(() => rule("stranger", "release")).toThrow(PolicyError);
  });

  test("may ask for the policy, the name of the image and the age", () => {
    expect(of(", policies: https://policy.example/*, resources: oci://registry.example/shop/*, maxAge: 3h", summary())).toEqual([]);
    expect(of(", policies: https://policy.example/test", summary())).toEqual(["violated a|summary"]);
    expect(of(", resources: oci://registry.example/other/*", summary())).toEqual(["violated a|summary"]);
    expect(of(", maxAge: 1h", summary())).toEqual(["violated a|summary"]);
  });

  test("needs one good summary among bad ones", () => {
    expect(of("", summary({ verificationResult: "FAILED" }), summary())).toEqual([]);
  });

  test("lasts as long as the signature does that vouches for it, and is open after that", () => {
    const until = (length: number) => ({ signedBy: [{ names: ["release"] as const, place: "x", goodUntil: instant(NOW + length) }] });
    const day = parseDuration("1d");
    const rule = `rule: verification-summary, verifiers: [{ id: ${VERIFIER} }]`;
    expect(judge(rule, clean(attested(summary({}, until(day))))).recheckAt).toBe(add(NOW, day));
    expect(of("", summary({}, until(0 - day)))).toEqual(["unknown a|summary"]);
  });

  test("counts everybody who signed it", () => {
    expect(of(", signers: [dev]", summary({}, signedBy("release", "dev")))).toEqual([]);
  });
});
