import { describe, expect, test } from "vitest";
import { attest, eachWithAnImage, gathered, POLICY, release, SPDX, statement, stranger, TRIVY } from "./world.ts";

eachWithAnImage();

describe("T32: a statement of either version and any type is handed to the rules, with who signed it", () => {
  const rules = (rule: string): string => POLICY.replace(/rules:[^]*/, `rules:\n  - { id: a, ${rule}, signers: [release] }\n`);

  test.each([
    [
      "SLSA 0.2",
      "https://slsa.dev/provenance/v0.2",
      { builder: { id: "https://b.example" }, buildType: "x" },
      "rule: provenance, builders: [{ id: https://b.example }]",
    ],
    [
      "SLSA 1",
      "https://slsa.dev/provenance/v1",
      { buildDefinition: {}, runDetails: { builder: { id: "https://b.example" } } },
      "rule: provenance, builders: [{ id: https://b.example }]",
    ],
    [
      "VSA",
      "https://slsa.dev/verification_summary/v1",
      { verifier: { id: "https://v.example" }, verificationResult: "PASSED", verifiedLevels: [] },
      "rule: verification-summary, verifiers: [{ id: https://v.example }]",
    ],
    [
      "SPDX",
      "https://spdx.dev/Document",
      SPDX,
      "rule: attestation-required, predicateType: https://spdx.dev/Document, when: \"statement.predicate.spdxVersion == 'SPDX-2.3'\"",
    ],
    [
      "CycloneDX",
      "https://cyclonedx.org/bom",
      { bomFormat: "CycloneDX", specVersion: "1.6", components: [] },
      "rule: attestation-required, predicateType: https://cyclonedx.org/bom",
    ],
    [
      "vuln",
      "https://cosign.sigstore.dev/attestation/vuln/v1",
      { scanner: { uri: "trivy", result: TRIVY }, metadata: {} },
      "rule: attestation-required, predicateType: https://cosign.sigstore.dev/attestation/vuln/v1",
    ],
    [
      "custom",
      "https://example.com/test/v1",
      { result: "PASSED" },
      "rule: attestation-required, predicateType: https://example.com/test/*, when: \"statement.predicate.result == 'PASSED'\"",
    ],
  ])("%s", async (_, type, predicate, rule) => {
    const version = (text: string) => ({ ...statement(type, predicate), _type: text });
    expect((await gathered(rules(rule))).verdict).toBe("violating");
    await attest(stranger, version("https://in-toto.io/Statement/v1"));
    expect((await gathered(rules(rule))).verdict).toBe("violating");
    await attest(release, version("https://in-toto.io/Statement/v0.1"));
    expect((await gathered(rules(rule))).verdict).toBe("compliant");
  });
});
