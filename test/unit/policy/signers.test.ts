import { describe, expect, test } from "vitest";
import { parsePolicy } from "../../../shared/policy/document.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";

const HEAD = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: base }
mode: enforce
`;
const TRUST = `trust:
  keys: [{ name: builder, file: a, roles: [build] }, { name: release, file: b, roles: [release, approve] }]
  notation: { name: notaries, policy: a, store: a, roles: [approve] }
`;

/** `policy.yaml:9:12` for each problem. */
function placesOf(text: string): readonly string[] {
  try {
    parsePolicy(HEAD + text, "policy.yaml", "v");
    return [];
  } catch (error) {
    if (error instanceof PolicyError) return error.problems.map(({ place }) => place);
    throw error;
  }
}

const rule = (text: string): string => `${TRUST}rules:\n  - { id: a, rule: signature-required, ${text} }\n`;

describe("a rule on signatures", () => {
  test.each([
    "need: 3",
    "need: all, signers: [builder, release]",
    "need: 2, formats: [cosign]",
    "roles: [build, release]",
    "roles: [build, release, approve]",
    "formats: [notation]",
    "maxAge: 30d, ageBy: [certificate]",
    "maxAge: 30d, ageBy: [log], formats: [cosign]",
    "from: 2026-11-01",
    "annotations: { stage: production }",
  ])("may ask for %s", (text) => {
    expect(placesOf(rule(text))).toEqual([]);
  });

  test.each([
    ["more signers than there are", "need: 4"],
    ["more signers than it names", "need: 2, signers: [builder]"],
    ["more signers than sign in its formats", "need: 3, formats: [cosign]"],
    ["all, where one signs in no format that counts", "need: all, formats: [cosign]"],
    ["nobody", "need: 0"],
    ["a role that nobody has", "roles: [reviewer]"],
    ["a role that nobody has who counts", "roles: [build], signers: [release]"],
    ["two roles that one signer has alone", "roles: [release, approve], formats: [cosign]"],
    ["formats of nobody", "formats: [binauthz]"],
    ["whose word counts on an age that it does not ask for", "ageBy: [log]"],
    ["an age that no key tells", "maxAge: 30d, formats: [cosign]"],
    ["a day that there is not", "from: 2026-02-30"],
    ["a signer that is not trusted", "signers: [buildr]"],
    ["keys, which are called signers", "keys: [builder]"],
  ])("is refused where it asks for %s", (_, text) => {
    expect(placesOf(rule(text))).toHaveLength(1);
  });
});

describe("a rule on statements", () => {
  const provenance = (text: string): string => `${TRUST}rules:\n  - { id: a, rule: provenance${text} }\n`;

  test("names nobody who cannot sign statements", () => {
    expect(placesOf(provenance(", signers: [builder]"))).toEqual([]);
    expect(placesOf(provenance(", signers: [notaries]"))).toHaveLength(1);
    const only = "trust: { notation: { policy: a, store: a } }\n";
    expect(placesOf(`${only}rules:\n  - { id: a, rule: provenance }\n`)).toHaveLength(1);
  });
});

test("VEX is trusted by names that somebody has, or by authors", () => {
  const trusting = (name: string): string => `${TRUST}findings: { trustVex: ["${name}"] }\nrules:\n  - { id: a, rule: known-exploited }\n`;
  expect(placesOf(trusting("release"))).toEqual([]);
  expect(placesOf(trusting("author:relese"))).toEqual([]);
  expect(placesOf(trusting("relese"))).toEqual(["policy.yaml:8:24"]);
  expect(placesOf(trusting("notaries"))).toEqual(["policy.yaml:8:24"]);
});

describe("ignored signatures", () => {
  const ignoring = (text: string): string => `${TRUST}  ignored: [{ ${text} }]\nrules:\n  - { id: a, rule: signature-required }\n`;

  test.each([
    "signer: release, reason: leaked",
    "signature: sha256:aa, reason: by mistake",
    "signer: release, from: 2026-11-01, until: 2026-11-02, reason: x",
  ])("are %s", (text) => {
    expect(placesOf(ignoring(text))).toEqual([]);
  });

  test.each([
    ["all there are", "reason: x"],
    ["those of nobody who is trusted", "signer: relese, reason: x"],
    ["none, for it ends before it begins", "signer: release, from: 2026-11-02, until: 2026-11-02, reason: x"],
    ["some for no reason", "signer: release"],
  ])("are never %s", (_, text) => {
    expect(placesOf(ignoring(text))).toHaveLength(1);
  });
});
