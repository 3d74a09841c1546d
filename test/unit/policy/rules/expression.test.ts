import { describe, expect, test } from "vitest";
import type { AttestationFact } from "../../../../shared/domain/evidence.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../../../shared/domain/threat.ts";
import { PolicyError } from "../../../../shared/policy/policy-error.ts";
import { at, digest, finding, image, index, report, reported, signature, signed, signedBy } from "../given.ts";
import { attested, clean, config, content, inventory, judge, looked, outcome, pkg, UNREAD } from "./given.ts";

const of = (when: string, evidence = clean(), threats?: ThreatFacts) =>
  outcome(judge(`rule: expression, when: ${JSON.stringify(when)}`, evidence, threats === undefined ? {} : { threats }));
const HIT = ["violated a|expression"];

const SIGNED = image(
  reported(report()),
  signed({ ...signature("ok", "release"), signedAt: { at: at("2026-11-18T11:00:00Z"), by: "log" }, annotations: { stage: "test" } }),
);
const REVOKED = image(reported(report()), signed(signature("revoked")));

describe("expression", () => {
  const scanned = image(
    reported(report([{ ...finding("CVE-1", "high", "lib", { fixed: ["2"] }), publishedAt: at("2026-11-01T06:00:00Z"), score: 7.5 }])),
  );

  test.each([
    ['image.repository == "shop/api" && "1.0" in image.tags', clean()],
    ["findings.exists(f, f.rank >= 3 && f.hasFix && f.score > 7 && f.publishedDays == 20)", scanned],
    ['packages.exists(p, p.name == "lib" && p.licences.size() == 0)', clean(inventory(pkg("lib", "1")))],
    ["config.isRoot && size(config.labels) == 0", clean(config({ user: "0" }))],
    ['"DB_PASSWORD" in config.envNames', clean(config({ env: ["DB_PASSWORD=a=b"] }))],
    ['secrets.exists(s, s.path == "f")', looked(["secret"], content("secret", "x", { path: "f" }))],
    ['signatures.exists(s, s.identity == "release")', image(reported(report()), signed(signature("ok", "release")))],
    ['signatures.exists(s, s.hasSignedDays && s.signedDays == 3 && s.signedAtBy == "log" && s.annotations["stage"] == "test")', SIGNED],
    ['signatures.exists(s, s.code == "revoked" && !s.hasSignedDays && s.signedAtBy == "" && s.annotations.size() == 0)', REVOKED],
    ["statements.exists(s, s.predicate.a.b == 2)", clean(attested({ predicateType: "x", predicate: { a: { b: 2 } }, place: "p" }))],
    ['scan.state == "absent"', image({ kind: "absent" })],
    ["scan.hasScannedDays && scan.scannedDays == 0", clean()],
  ])("is violated where it is true: %s", (when, evidence) => {
    expect(of(when, evidence)).toEqual(HIT);
    expect(of(`!(${when})`, evidence)).toEqual([]);
  });

  test.each([
    ["findings.size() == 0", image({ kind: "absent" }), "findings"],
    ["findings.size() == 0", image({ kind: "stale", why: "x", reports: [report()] }), "findings"],
    ["packages.size() == 0", clean(), "inventory"],
    ["secrets.size() == 0", clean(), "secret"],
    ["malware.size() == 0", looked(["secret"]), "malware"],
    ["config.isRoot", clean({ config: UNREAD }), "config"],
    ["signatures.size() == 0", image(reported(report()), UNREAD), "signatures"],
    ["statements.size() == 0", clean({ attestations: UNREAD }), "statements"],
    ["findings.exists(f, f.isKnownExploited)", scanned, "feed"],
    ["findings.exists(f, f.probability > 0.5)", scanned, "feed"],
    ['findings.exists(f, f["isKnownExploited"])', scanned, "feed"],
    ["findings.exists(f, ['isKnownExploited', 'id'].exists(name, f[name] == true))", scanned, "expression"],
  ])("is unknown where the evidence that it names is missing: %s", (when, evidence, about) => {
    expect(of(when, evidence)).toEqual([`unknown a|${about}`]);
  });

  test("needs no feed for an image without findings, and knows what the feeds say", () => {
    expect(of("findings.exists(f, f.isKnownExploited)")).toEqual([]);
    const threats: ThreatFacts = {
      ...NO_THREAT_FACTS,
      knownExploited: {
        kind: "read",
        digest: digest("cc"),
        madeAt: at("2026-11-20T00:00:00Z"),
        entries: new Map([["CVE-1", { addedAt: at("2026-11-10T00:00:00Z"), usedByRansomware: "unknown" }]]),
      },
      exploitPrediction: {
        kind: "read",
        digest: digest("cd"),
        madeAt: at("2026-11-20T00:00:00Z"),
        entries: new Map([["CVE-1", { probability: 0.9, percentile: 1 }]]),
      },
    };
    expect(of("findings.exists(f, f.isKnownExploited && f.hasProbability && f.probability > 0.8)", scanned, threats)).toEqual(HIT);
  });

  test("is unknown where it has no result, or could take too long", () => {
    expect(of("findings[3].rank > 1", scanned)).toEqual(["unknown a|expression"]);
    const many = image(reported(report(Array.from({ length: 15_000 }, (_, number) => finding(`CVE-${number}`, "high")))));
    expect(of("findings.all(f, findings.all(g, g.id == f.id))", many)).toEqual(["unknown a|expression"]);
  });

  test("refuses more findings than it can be asked of", () => {
    const many = image(reported(report(Array.from({ length: 20_001 }, (_, number) => finding(`CVE-${number}`, "high")))));
    expect(of("findings.size() > 5", many)).toEqual(["unknown a|findings"]);
  });

  test("goes through an inventory that is far longer than a call may have arguments", () => {
    const many = inventory(...Array.from({ length: 150_000 }, (_, number) => pkg(`p${number}`, "1", { licences: ["MIT"] })));
    expect(of('packages.exists(p, p.licences[0] == "AGPL")', clean(many))).toEqual([]);
    expect(of('packages.map(p, p.name)[0].contains("p")', clean(many))).toEqual(HIT);
  });

  test("is asked again when a day that it counts is over", () => {
    const verdict = judge('rule: expression, when: "findings.exists(f, f.publishedDays > 20)"', scanned);
    expect([outcome(verdict), verdict.recheckAt]).toEqual([[], at("2026-11-22T06:00:00Z")]);
    expect(judge('rule: expression, when: "findings.exists(f, f.hasScore)"', scanned).recheckAt).toBeUndefined();
  });

  test("says what the policy says, and is as bad as it says", () => {
    const { reasons } = judge('rule: expression, when: "true", message: not on Fridays, remedy: wait, severity: low', clean());
    expect(reasons).toMatchObject([{ message: expect.stringContaining("not on Fridays"), remedy: "wait", severity: "low" }]);
  });

  test("is checked when the policy is read", () => {
    expect(() => of("findings.exists(f, f.nothing)")).toThrow(PolicyError);
  });
});

describe("attestation-required", () => {
  const rule = "rule: attestation-required, predicateType: https://example.com/test/*";
  const tested = (result: string, more: Partial<AttestationFact> = {}): AttestationFact => ({
    predicateType: "https://example.com/test/v1",
    predicate: { result, at: { commit: "abc" } },
    place: "sha256:aa",
    ...signedBy("release"),
    ...more,
  });
  const judged = (settings: string, ...statements: readonly AttestationFact[]) =>
    outcome(judge(`${rule}${settings}`, clean(attested(...statements))));
  const when = `, when: "statement.predicate.result == 'PASSED'"`;

  test("wants a statement of the type, signed by somebody who is trusted", () => {
    expect(judged("", tested("PASSED"))).toEqual([]);
    expect(judged("", tested("PASSED", { predicateType: "https://example.com/other" }))).toEqual(["violated a|statement"]);
    expect(judged(", signers: [dev]", tested("PASSED"))).toEqual(["violated a|statement"]);
    const { signedBy: _, ...unsigned } = tested("PASSED");
    expect(judged("", unsigned)).toEqual(["violated a|statement"]);
    expect(judged(", allowUnverified: true", unsigned)).toEqual([]);
  });

  test("wants it to say what the expression asks", () => {
    expect(judged(when, tested("PASSED"))).toEqual([]);
    expect(judged(when, tested("FAILED"))).toEqual(["violated a|statement"]);
    expect(judged(when, tested("FAILED"), tested("PASSED"))).toEqual([]);
  });

  test("is unknown where the expression has no result, unless another statement counts", () => {
    const odd = tested("", { predicate: {} });
    expect(judged(when, odd)).toEqual(["unknown a|statement"]);
    expect(judged(when, odd, tested("PASSED"))).toEqual([]);
  });

  test("does not let an unsigned statement decide", () => {
    const { signedBy: _, ...unsigned } = tested("PASSED");
    expect(judged(when, unsigned, tested("FAILED"))).toEqual(["violated a|statement"]);
  });

  test("may ask for the key by name in the expression, and for the image", () => {
    expect(judged(`, when: "statement.verifiedBy == 'release' && image.registry == 'registry.example'"`, tested("x"))).toEqual([]);
  });

  test("is unknown where statements could not be read, and for an index whose only statement cannot be judged", () => {
    expect(outcome(judge(rule, clean({ attestations: UNREAD })))).toEqual(["unknown a|statement"]);
    const child = clean(attested(tested("", { predicate: null })));
    expect(outcome(judge(`${rule}${when}`, index([child])))).toEqual(["unknown a|statement"]);
  });
});
