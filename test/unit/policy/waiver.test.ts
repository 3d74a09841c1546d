import { describe, expect, test } from "vitest";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../../shared/domain/threat.ts";
import { fingerprint, type Verdict } from "../../../shared/domain/verdict.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { at, digest, image, index, NOW, target } from "./given.ts";
import { BAD, FIXED, imageOf, judged, policyWith, written } from "./given-waiver.ts";

describe("a waiver", () => {
  test("takes away the reason that it covers, and the verdict tells who decided what until when", () => {
    expect(judged("ticket: SEC-41")).toMatchObject({
      kind: "compliant",
      reasons: [],
      waived: [
        {
          key: "no-high|CVE-2026-1|openssl",
          waiver: {
            id: "w",
            owner: "shop-team",
            reason: "not reachable",
            ticket: "SEC-41",
            approvedBy: "security",
            endsAt: at("2027-01-12T00:00:00Z"),
            place: "waivers.yaml:4",
          },
        },
      ],
    });
  });

  test.each([
    ["another vulnerability", "scope: { vulnerabilities: [CVE-2026-2] }"],
    ["another package", "scope: { vulnerabilities: [CVE-2026-1], package: { name: zlib } }"],
    ["another rule", "scope: { vulnerabilities: [CVE-2026-1], rules: [fresh] }"],
    ["another repository", "scope: { vulnerabilities: [CVE-2026-1], image: { repository: web/* } }"],
    ["another registry", "scope: { vulnerabilities: [CVE-2026-1], image: { registry: other.example } }"],
    ["another digest", `scope: { vulnerabilities: [CVE-2026-1], image: { digest: ['${digest("22")}'] } }`],
    ["another tag", "scope: { vulnerabilities: [CVE-2026-1], image: { tag: 2.* } }"],
    ["a package URL that no scanner gives", "scope: { vulnerabilities: [CVE-2026-1], package: { purl: pkg:deb/debian/openssl } }"],
  ])("for %s changes nothing and is not told", (_, words) => {
    const verdict = judged(words);
    expect(verdict).toMatchObject({ kind: "violating" });
    expect([verdict.waived, verdict.voidWaivers]).toEqual([undefined, undefined]);
  });

  test.each([
    ["the package's name", "scope: { package: { name: open* } }"],
    ["the source package's name", "scope: { package: { name: openssl-src } }"],
    ["the package URL", "scope: { package: { purl: 'pkg:deb/*/openssl' } }"],
    ["the rule and image", "scope: { rules: [no-high], image: { repository: shop/*, tag: 1.* } }"],
    ["the digest", `scope: { vulnerabilities: [CVE-2026-1], image: { digest: ['${digest("11")}'] } }`],
    ["an alias", "scope: { vulnerabilities: [GHSA-1] }"],
  ])("fits by %s", (_, words) => {
    const told = {
      ...BAD,
      aliases: ["GHSA-1"],
      package: { ...BAD.package, source: "openssl-src", purl: "pkg:deb/debian/openssl@3.0.11?arch=amd64" },
    };
    expect(judged(words, [told]).kind).toBe("compliant");
  });

  test("does not fit an image of which only one tag fits: no tag brings a waiver along", () => {
    const rules = policyWith([written("scope: { vulnerabilities: [CVE-2026-1], image: { tag: dev* } }")]);
    const kindOf = (...tags: readonly string[]) => evaluate(rules, target("shop/api", tags), imageOf(BAD), NOW).kind;
    expect([kindOf("dev"), kindOf("dev", "1.0"), kindOf()]).toEqual(["compliant", "violating", "violating"]);
  });

  test("fits a finding only where every scanner's name for it is waived", () => {
    const told = [
      { ...BAD, aliases: ["GHSA-1"] },
      { ...BAD, id: "GHSA-1" },
    ];
    expect(judged("", told).kind).toBe("violating");
    expect(judged("scope: { vulnerabilities: [CVE-2026-1, GHSA-1] }", told).kind).toBe("compliant");
  });

  test("by digest of an index fits its children", () => {
    const rules = policyWith([written(`scope: { vulnerabilities: [CVE-2026-1], image: { digest: ['${digest("99")}'] } }`)]);
    expect(evaluate(rules, target(), index([imageOf(BAD)]), NOW).kind).toBe("compliant");
  });

  test("can be for a missing fact", () => {
    const rules = policyWith([written("scope: { rules: [no-high, fresh], image: { repository: shop/api } }")]);
    expect(evaluate(rules, target(), image({ kind: "unsupported", why: "w" }), NOW)).toMatchObject({
      kind: "compliant",
      holdsUnknown: false,
    });
  });

  test("of several that fit, the one that lasts longest is told, in whatever order they stand", () => {
    const two = [written("", "short").replace("2027-01-12", "2026-12-01"), written("", "long")];
    for (const waivers of [two, two.toReversed()])
      expect(evaluate(policyWith(waivers), target(), imageOf(BAD), NOW).waived).toMatchObject([{ waiver: { id: "long" } }]);
  });
});

const exploited: ThreatFacts = {
  ...NO_THREAT_FACTS,
  knownExploited: {
    kind: "read",
    digest: digest("ee"),
    madeAt: NOW,
    entries: new Map([["CVE-2026-1", { addedAt: NOW, usedByRansomware: "unknown" as const }]]),
  },
};

describe("a waiver is void", () => {
  const codes = (verdict: Verdict) => [verdict.kind, ...(verdict.voidWaivers ?? []).map(({ code }) => code)];

  test("as soon as a fix appears, unless it says that it stays", () => {
    expect(codes(judged("", [FIXED]))).toEqual(["violating", "fix-appeared"]);
    expect(codes(judged("evenIfFixed: true", [FIXED]))).toEqual(["compliant"]);
  });

  test("as soon as attacks are known, by the catalogue or a report, unless it says that it stays", () => {
    expect(codes(judged("", [BAD], exploited))).toEqual(["violating", "known-exploited"]);
    expect(codes(judged("", [{ ...BAD, exploit: { isKnownExploited: true } }]))).toEqual(["violating", "known-exploited"]);
    expect(codes(judged("evenIfExploited: true", [BAD], exploited))).toEqual(["compliant"]);
  });

  test("when the severity rises above what was waived", () => {
    expect(codes(judged("severity: high", [{ ...BAD, severity: "critical", severities: [] }]))).toEqual(["violating", "severity-rose"]);
    expect(codes(judged("severity: critical, expiresAt: 2026-11-25, createdAt: 2026-11-20"))).toEqual(["compliant"]);
  });

  test("when the package is of another version than the one that it names", () => {
    const words = "scope: { vulnerabilities: [CVE-2026-1], package: { name: openssl, version: 3.0.11 } }";
    expect(codes(judged(words))).toEqual(["compliant"]);
    const changed = { ...BAD, package: { ...BAD.package, version: "3.0.12" } };
    expect(codes(judged(words, [changed]))).toEqual(["violating", "package-changed"]);
    expect(codes(judged(words, [BAD, changed]))).toEqual(["violating", "package-changed"]);
  });

  test("T70 before it begins and from the moment of its end", () => {
    expect(codes(judged("createdAt: 2026-11-22, expiresAt: 2026-12-01"))).toEqual(["violating", "not-yet"]);
    expect(codes(judged("createdAt: 2026-11-01, expiresAt: 2026-11-21T12:00:00Z"))).toEqual(["violating", "expired"]);
    expect(codes(judged("createdAt: 2026-11-01, expiresAt: 2026-11-21T12:00:01Z"))).toEqual(["compliant"]);
  });

  test("when it has lasted as long as its severity allows, whatever end it names", () => {
    const words = "createdAt: 2026-08-01, expiresAt: 2027-08-01";
    expect(codes(judged(words))).toEqual(["violating", "expired"]);
    expect(codes(judged(words, [BAD], NO_THREAT_FACTS, "waivers: { longest: { high: 200d } }\n"))).toEqual(["compliant"]);
  });

  test("without a second approval where the policy asks for one", () => {
    const settings = "waivers: { secondApprovalFor: [high] }\n";
    expect(codes(judged("", [BAD], NO_THREAT_FACTS, settings))).toEqual(["violating", "second-approval-missing"]);
    expect(codes(judged("secondApprovedBy: ciso", [BAD], NO_THREAT_FACTS, settings))).toEqual(["compliant"]);
  });

  test("for vulnerabilities where it is for a whole rule and names no severity", () => {
    const text =
      "  - { id: w, scope: { rules: [no-high] }, owner: a, reason: b, approvedBy: c, createdAt: 2026-11-01, expiresAt: 2026-12-01 }\n";
    expect(codes(evaluate(policyWith([text]), target(), imageOf(BAD), NOW))).toEqual(["violating", "severity-missing"]);
  });
});

describe("the time of a waiver", () => {
  test("brings the image back when it begins, is about to end and ends", () => {
    expect(judged("createdAt: 2026-11-22, expiresAt: 2026-12-24").recheckAt).toBe(at("2026-11-22T00:00:00Z"));
    expect(
      judged("expiresAt: 2026-12-31, createdAt: 2026-11-01, scope: { vulnerabilities: [CVE-2026-1], rules: [no-high] }").recheckAt,
    ).toBe(NOW + 6 * 86_400_000 + 23 * 3_600_000 + 1);
    const only = { ...policyWith([written("createdAt: 2026-11-01, expiresAt: 2026-12-24")]) };
    const rules = { ...only, rules: only.rules.filter(({ id }) => id === "no-high") };
    expect(evaluate(rules, target(), imageOf(BAD), NOW).recheckAt).toBe(at("2026-12-10T00:00:00Z"));
    expect(evaluate(rules, target(), imageOf(BAD), at("2026-12-11T00:00:00Z")).recheckAt).toBe(at("2026-12-24T00:00:00Z"));
  });

  test("is told when its end comes near, and that is something to hear of", () => {
    const [early, late] = ["createdAt: 2026-11-01, expiresAt: 2026-12-06", "createdAt: 2026-11-01, expiresAt: 2026-12-05"].map((words) =>
      judged(words),
    );
    expect([early, late].map((verdict) => verdict?.waived?.[0]?.waiver.isEnding)).toEqual([false, true]);
    expect(early && late && fingerprint(early) !== fingerprint(late)).toBe(true);
  });
});
