import { describe, expect, test } from "vitest";
import type { FindingsEvidence, ImageEvidence, SignatureEvidence } from "../../../shared/domain/evidence.ts";
import type { Verdict } from "../../../shared/domain/verdict.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { at, finding, image, NOW, policy, report, reported, signature, signed, target } from "./given.ts";

function judge(rule: string, evidence: ImageEvidence): Verdict {
  return evaluate(policy(rule), target(), evidence, NOW);
}

function outcome({ kind, reasons }: Verdict): unknown {
  return [kind, ...reasons.map((reason) => `${reason.status} ${reason.key}`)];
}

const NOT_REPORTED: readonly (readonly [FindingsEvidence, string])[] = [
  [{ kind: "absent" }, "never scanned"],
  [{ kind: "pending", why: "queued" }, "scan running: queued"],
  [{ kind: "failed", why: "no disk" }, "scan failed: no disk"],
  [{ kind: "unsupported", why: "no OS" }, "cannot be scanned: no OS"],
  [{ kind: "stale", why: "expired", reports: [] }, "scanned too long ago: expired"],
  [{ kind: "unavailable", why: "403" }, "could not ask: 403"],
];

describe("severity-threshold", () => {
  const rule = "id: no-high, rule: severity-threshold, atLeast: high";

  test.each([
    ["critical", "violating"],
    ["high", "violating"],
    ["medium", "compliant"],
    ["low", "compliant"],
    ["negligible", "compliant"],
    // counts as medium
    ["unknown", "compliant"],
  ] as const)("at high makes of a %s finding %s", (severity, kind) => {
    expect(judge(rule, image(reported(report([finding("CVE-2026-1", severity)])))).kind).toBe(kind);
  });

  test.each([
    ["", "medium", "violating"],
    ["", "high", "compliant"],
    [", unknownSeverityAs: critical", "critical", "violating"],
    [", unknownSeverityAs: ignore", "negligible", "compliant"],
  ])("counts a finding that nobody rated as told%s, against the threshold %s", (setting, threshold, kind) => {
    const evidence = image(reported(report([finding("CVE-2026-1", "unknown")])));
    expect(judge(`id: a, rule: severity-threshold, atLeast: ${threshold}${setting}`, evidence).kind).toBe(kind);
  });

  test("names vulnerability and package in the key, and neither version nor report", () => {
    const first = judge(rule, image(reported(report([finding("CVE-2026-1", "high", "openssl", { version: "1" })]))));
    const later = judge(
      rule,
      image(reported(report([finding("CVE-2026-1", "critical", "openssl", { version: "2", fixed: ["3"] })], { scanner: "other" }))),
    );
    expect(outcome(first)).toEqual(["violating", "violated no-high|CVE-2026-1|openssl"]);
    expect(outcome(later)).toEqual(outcome(first));
  });

  test("gives one reason, the worst severity and the fix for what two reports tell", () => {
    const { reasons } = judge(
      rule,
      image(
        reported(
          report([finding("CVE-2026-1", "low", "a", { fixed: ["2"] })]),
          report([finding("CVE-2026-1", "critical", "a")], { scanner: "other" }),
        ),
      ),
    );
    expect(reasons).toMatchObject([{ severity: "critical", key: "no-high|CVE-2026-1|a" }]);
    expect(reasons[0]?.remedy).toContain("2");
  });

  test("does not call a finding low that violates only because nobody else rated it", () => {
    const told = report([finding("CVE-2026-1", "low"), finding("CVE-2026-1", "unknown")]);
    expect(judge(`${rule}, unknownSeverityAs: critical`, image(reported(told))).reasons).toMatchObject([{ severity: "unknown" }]);
  });

  test("keeps a reason short, however many names and versions a report gives", () => {
    const names = Array.from({ length: 5000 }, (_, number) => `GHSA-${number}`);
    const { reasons } = judge(rule, image(reported(report([finding("CVE-2026-1", "high", "a", { aliases: names, fixed: names })]))));
    expect(reasons).toHaveLength(1);
    expect((reasons[0]?.message.length ?? 0) + (reasons[0]?.remedy.length ?? 0)).toBeLessThan(500);
  });

  test("passes over what has no fix only when it is told to", () => {
    const unfixed = image(reported(report([finding("CVE-2026-1", "high", "a", { fix: "wont-fix" })])));
    const fixed = image(reported(report([finding("CVE-2026-1", "high", "a", { fixed: ["2"] })])));
    expect(judge(`${rule}, ignoreUnfixed: true`, unfixed).kind).toBe("compliant");
    expect(judge(`${rule}, ignoreUnfixed: true`, fixed).kind).toBe("violating");
    expect(judge(rule, unfixed).kind).toBe("violating");
  });

  test("keeps a name that holds a separator from looking like another fact", () => {
    const { reasons } = judge(
      rule,
      image(reported(report([finding("CVE-1", "high", "a|b"), finding("CVE-1|a", "high", "b"), finding("CVE-2", "high", "a\nb%7Cc")]))),
    );
    expect(new Set(reasons.map((reason) => reason.key)).size).toBe(3);
    for (const { key } of reasons) expect(key.split("|")).toHaveLength(3);
  });

  test("gives at most 200 reasons, the worst first and the last one for the rest", () => {
    const many = Array.from({ length: 500 }, (_, number) => finding(`CVE-2026-${number}`, number === 499 ? "critical" : "high"));
    const { reasons } = judge(rule, image(reported(report(many))));
    expect(reasons).toHaveLength(200);
    expect(reasons[0]?.severity).toBe("critical");
    expect(reasons.filter((reason) => reason.key === "no-high|more")).toMatchObject([{ status: "violated" }]);
  });

  test.each(NOT_REPORTED)("is unknown, in plain words, where there is no report: %o", (findings, words) => {
    const verdict = judge(rule, image(findings));
    expect(outcome(verdict)).toEqual(["indeterminate", "unknown no-high|findings"]);
    expect(verdict.reasons[0]?.message).toBe(words);
  });

  test("still counts what an outdated report found, for the image has not changed since", () => {
    const stale: FindingsEvidence = { kind: "stale", why: "expired", reports: [report([finding("CVE-2026-1", "high", "a")])] };
    expect(outcome(judge(rule, image(stale)))).toEqual(["violating", "violated no-high|CVE-2026-1|a", "unknown no-high|findings"]);
  });
});

describe("scan-freshness", () => {
  const rule = "id: fresh, rule: scan-freshness, maxAge: 7d";
  const scanned = (text: string) => image(reported(report([], { scannedAt: at(text) })));

  test("is satisfied up to the age, and says when it will no longer be", () => {
    const verdict = judge(rule, scanned("2026-11-14T12:00:00Z"));
    expect(verdict.kind).toBe("compliant");
    expect(verdict.recheckAt).toBe(NOW + 1);
  });

  test("is violated beyond it, also one millisecond", () => {
    expect(outcome(judge(rule, scanned("2026-11-14T11:59:59.999Z")))).toEqual(["violating", "violated fresh|scan"]);
  });

  test("goes by the newest of several reports", () => {
    const both = image(
      reported(report([], { scannedAt: at("2026-01-01T00:00:00Z") }), report([], { scannedAt: at("2026-11-20T00:00:00Z") })),
    );
    expect(judge(rule, both).kind).toBe("compliant");
  });

  test("is unknown where no report has a date", () => {
    expect(outcome(judge(rule, image(reported(report([], { scannedAt: "unknown" })))))).toEqual(["indeterminate", "unknown fresh|scan"]);
  });

  test("takes no report from the future for fresh, but allows for clocks that run ahead a little", () => {
    expect(outcome(judge(rule, scanned("2030-01-01T00:00:00Z")))).toEqual(["indeterminate", "unknown fresh|scan"]);
    expect(judge(rule, scanned("2026-11-21T12:05:00Z")).kind).toBe("compliant");
  });

  test("asks for the age of the vulnerability data only when it is told to", () => {
    const withData = `${rule}, maxDatabaseAge: 1d`;
    expect(outcome(judge(withData, scanned("2026-11-21T11:00:00Z")))).toEqual(["indeterminate", "unknown fresh|database"]);
    const old = image(reported(report([], { databaseAt: at("2026-11-01T00:00:00Z") })));
    expect(outcome(judge(withData, old))).toEqual(["violating", "violated fresh|database"]);
    expect(judge(rule, old).kind).toBe("compliant");
  });

  test.each(NOT_REPORTED.filter(([findings]) => findings.kind !== "stale"))(
    "is unknown, in plain words, where there is no report: %o",
    (findings, words) => {
      const verdict = judge(rule, image(findings));
      expect(outcome(verdict)).toEqual(["indeterminate", "unknown fresh|findings"]);
      expect(verdict.reasons[0]?.message).toBe(words);
    },
  );

  test("is not satisfied by reports that their source itself calls stale", () => {
    expect(judge(rule, image({ kind: "stale", why: "expired", reports: [report()] })).kind).toBe("indeterminate");
  });
});

describe("signature-required", () => {
  const rule = "id: signed, rule: signature-required";
  const OLD = { firstSeenAt: at("2026-11-21T10:00:00Z") };
  const clean = reported(report());
  const withSignatures = (signatures: SignatureEvidence, firstSeenAt = OLD.firstSeenAt) => image(clean, signatures, { firstSeenAt });

  test("is satisfied by one good signature among bad ones", () => {
    expect(
      judge(rule, withSignatures(signed(signature("signature-invalid"), signature("ok", "release"), signature("malformed")))).kind,
    ).toBe("compliant");
  });

  test("accepts any trusted key, or only those that are named", () => {
    expect(judge(rule, withSignatures(signed(signature("ok", "dev")))).kind).toBe("compliant");
    expect(outcome(judge(`${rule}, signers: [release]`, withSignatures(signed(signature("ok", "dev")))))).toEqual([
      "violating",
      "violated signed|not-accepted",
    ]);
  });

  test("accepts an identity as it accepts a key", () => {
    expect(judge(rule, withSignatures(signed(signature("ok", "ci")))).kind).toBe("compliant");
    expect(judge(`${rule}, signers: [ci]`, withSignatures(signed(signature("ok", "ci")))).kind).toBe("compliant");
    expect(judge(`${rule}, signers: [ci]`, withSignatures(signed(signature("ok", "release")))).kind).toBe("violating");
    expect(judge(`${rule}, signers: [release]`, withSignatures(signed(signature("ok", "ci")))).kind).toBe("violating");
  });

  test("believes no name that the policy does not trust", () => {
    expect(judge(rule, withSignatures(signed(signature("ok", "somebody")))).kind).toBe("violating");
    expect(judge(rule, withSignatures(signed(signature("ok")))).kind).toBe("violating");
    expect(judge(rule, withSignatures(signed(signature("signature-invalid", "release")))).kind).toBe("violating");
  });

  test("tells an image without a signature from one with a wrong signature, and names the codes", () => {
    expect(outcome(judge(rule, withSignatures(signed())))).toEqual(["violating", "violated signed|unsigned"]);
    const wrong = judge(
      rule,
      withSignatures(signed(signature("signature-invalid"), signature("untrusted-root"), signature("signature-invalid"))),
    );
    expect(outcome(wrong)).toEqual(["violating", "violated signed|not-accepted"]);
    expect(wrong.reasons[0]?.message).toContain("signature-invalid (2), untrusted-root");
  });

  test("waits through the grace for a signature that is on its way, and says until when", () => {
    const verdict = judge(rule, withSignatures(signed(), at("2026-11-21T11:59:45Z")));
    expect(outcome(verdict)).toEqual(["indeterminate", "unknown signed|unsigned"]);
    expect(verdict.recheckAt).toBe(at("2026-11-21T12:00:15Z"));
  });

  test("has waited enough at the end of the grace", () => {
    expect(judge(rule, withSignatures(signed(), at("2026-11-21T11:59:30Z"))).kind).toBe("violating");
    expect(judge(`${rule}, grace: 31s`, withSignatures(signed(), at("2026-11-21T11:59:30Z"))).kind).toBe("indeterminate");
  });

  test("waits longer for an image without a tag, which may belong to an index that carries the signature", () => {
    const untagged = image(reported(report()), signed(), { firstSeenAt: at("2026-11-21T11:50:00Z"), tags: [] });
    expect(judge(rule, untagged)).toMatchObject({ kind: "indeterminate", recheckAt: at("2026-11-21T12:05:00Z") });
    expect(judge(`${rule}, untaggedGrace: 10m`, untagged).kind).toBe("violating");
  });

  test("is unknown where signatures could not be read or are not examined yet", () => {
    for (const kind of ["unavailable", "pending"] as const) {
      expect(outcome(judge(rule, withSignatures({ kind, why: "403" })))).toEqual(["indeterminate", "unknown signed|signatures"]);
    }
  });

  test("is unknown where a signature's revocation could not be asked for", () => {
    expect(judge(rule, withSignatures(signed(signature("revocation-unknown")))).kind).toBe("indeterminate");
  });
});
