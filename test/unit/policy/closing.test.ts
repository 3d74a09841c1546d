import { describe, expect, test } from "vitest";
import type { ImageEvidence, ScanReport } from "../../../shared/domain/evidence.ts";
import type { Finding } from "../../../shared/domain/finding.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../../shared/domain/threat.ts";
import type { VexStatement } from "../../../shared/domain/vex.ts";
import type { Policy } from "../../../shared/policy/document.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import type { FindingSettings } from "../../../shared/policy/findings/settings.ts";
import { at, digest, finding, image, index, NOW, policy, report, reported, signed, signedBy, target } from "./given.ts";

const RULES = policy("id: no-high, rule: severity-threshold, atLeast: high");
const trusting = (settings: Partial<FindingSettings>): Policy => ({ ...RULES, findings: { ...RULES.findings, ...settings } });
const OPENSSL = {
  ...finding("CVE-2026-1", "high"),
  package: { name: "openssl", version: "3.0.11", type: "debian", purl: "pkg:deb/debian/openssl@3.0.11?arch=amd64" },
};

function statement(more: Partial<VexStatement> = {}): VexStatement {
  return {
    ids: ["CVE-2026-1"],
    status: "not-affected",
    products: [],
    components: [],
    author: "acme",
    saidAt: at("2026-11-01T00:00:00Z"),
    place: "sha256:ee",
    ...more,
  };
}

function judged(
  statements: readonly VexStatement[],
  findings: readonly Finding[] = [OPENSSL],
  rules: Policy = trusting({ trustVex: ["author:acme"] }),
) {
  const evidence: ImageEvidence = { ...image(reported(report(findings)), signed()), vex: { kind: "examined", statements } };
  return evaluate(rules, target(), evidence, NOW);
}

describe("a VEX statement", () => {
  test("of a trusted author takes the finding away, and the verdict tells so", () => {
    expect(judged([statement({ justification: "component_not_present" })])).toMatchObject({
      kind: "compliant",
      closed: [
        { id: "CVE-2026-1", package: "openssl", kind: "not-affected", by: "acme", why: "component_not_present", place: "sha256:ee" },
      ],
    });
  });

  test("of anybody else is listed and changes nothing", () => {
    const verdict = judged([statement({ author: "mallory" })]);
    expect(verdict).toMatchObject({ kind: "violating", disputed: [{ id: "CVE-2026-1", by: "mallory" }] });
    expect(verdict.closed).toBeUndefined();
  });

  test("counts by the key that signed it, whatever author it names; a name that nobody vouches for is not a key", () => {
    const byKey = trusting({ trustVex: ["release"] });
    expect(judged([statement({ author: "x", ...signedBy("release") })], undefined, byKey).kind).toBe("compliant");
    expect(judged([statement({ author: "release" })], undefined, byKey).kind).toBe("violating");
  });

  test.each([
    ["another vulnerability", { ids: ["CVE-2026-2"] }],
    ["another package", { products: ["pkg:deb/debian/zlib@3.0.11"] }],
    ["another version", { products: ["pkg:deb/debian/openssl@3.0.10"] }],
    ["another architecture", { products: ["pkg:deb/debian/openssl@3.0.11?arch=arm64"] }],
    ["another distribution", { products: ["pkg:deb/ubuntu/openssl@3.0.11"] }],
    ["another image", { products: [`pkg:oci/api@${digest("77")}`] }],
    ["a tag, which may move", { products: ["pkg:oci/api?tag=1.0"] }],
    ["another component of this image", { products: [`pkg:oci/api@${digest("11")}`], components: ["pkg:deb/debian/zlib"] }],
  ])("about %s changes nothing", (_, more) => {
    expect(judged([statement(more)]).kind).toBe("violating");
  });

  test.each([
    ["the package", { products: ["pkg:deb/debian/openssl@3.0.11"] }],
    ["the package in any version", { products: ["pkg:deb/debian/openssl"] }],
    ["the image by its digest", { products: [`pkg:oci/api@${digest("11")}`] }],
    ["the image by its digest, percent-encoded", { products: [`pkg:oci/api@${digest("11").replace(":", "%3A")}?arch=amd64`] }],
    [
      "the package inside of the image",
      { products: [`registry.example/shop/api@${digest("11")}`], components: ["pkg:deb/debian/openssl"] },
    ],
    ["the vulnerability under an alias", { ids: ["GHSA-1"] }],
  ])("about %s counts", (_, more) => {
    expect(judged([statement(more)], [{ ...OPENSSL, aliases: ["GHSA-1"] }]).kind).toBe("compliant");
  });

  test("that a package is fixed counts for the version that it names, and not for any", () => {
    expect(judged([statement({ status: "fixed", products: ["pkg:deb/debian/openssl@3.0.11"] })])).toMatchObject({
      closed: [{ kind: "fixed" }],
    });
    expect(judged([statement({ status: "fixed", products: ["pkg:deb/debian/openssl"] })]).kind).toBe("violating");
  });

  test.each(["affected", "under-investigation"] as const)("that says %s later outweighs one that says not affected", (status) => {
    const later = statement({ status, saidAt: at("2026-11-02T00:00:00Z") });
    expect(judged([statement(), later]).kind).toBe("violating");
    expect(judged([later, statement()]).kind).toBe("violating");
    expect(judged([later, statement({ saidAt: at("2026-11-03T00:00:00Z") })]).kind).toBe("compliant");
    expect(judged([later, statement({ saidAt: "unknown" })]).kind).toBe("violating");
  });

  test("takes away what each scanner calls by a name of it, and leaves what one calls otherwise", () => {
    const other = { ...OPENSSL, id: "GHSA-1", aliases: [] };
    const bridge = { ...OPENSSL, aliases: ["GHSA-1"] };
    expect(judged([statement()], [bridge, other]).kind).toBe("violating");
  });
});

describe("a finding that its scanner suppressed", () => {
  const suppressed: Finding = { ...OPENSSL, status: { kind: "suppressed", by: "inspector2", why: "exempt" } };

  test("counts, and the suppression is listed, until the policy trusts that scanner with it", () => {
    expect(judged([], [suppressed])).toMatchObject({ kind: "violating", disputed: [{ kind: "suppressed", by: "inspector2" }] });
    expect(judged([], [suppressed], trusting({ trustSuppressions: ["inspector2"] }))).toMatchObject({
      kind: "compliant",
      closed: [{ kind: "suppressed", by: "inspector2", why: "exempt" }],
    });
  });

  test("counts where another report has it open", () => {
    expect(judged([], [suppressed, { ...OPENSSL }], trusting({ trustSuppressions: ["inspector2"] })).kind).toBe("violating");
  });

  test("is not closed while it is under investigation", () => {
    const open: Finding = { ...OPENSSL, status: { kind: "under-investigation", by: "inspector2" } };
    expect(judged([], [open], trusting({ trustSuppressions: ["inspector2"] }))).toMatchObject({ kind: "violating" });
  });
});

describe("a withdrawn id", () => {
  const threats: ThreatFacts = {
    ...NO_THREAT_FACTS,
    withdrawn: { kind: "read", digest: digest("cc"), madeAt: NOW, entries: new Map([["CVE-2026-1", { at: NOW }]]) },
  };
  const kindOf = (findings: readonly Finding[]) =>
    evaluate(RULES, target(), image(reported(report(findings)), signed()), NOW, threats).kind;

  test("closes its findings, and the verdict tells so", () => {
    const verdict = evaluate(RULES, target(), image(reported(report([OPENSSL])), signed()), NOW, threats);
    expect(verdict).toMatchObject({ kind: "compliant", closed: [{ kind: "withdrawn", id: "CVE-2026-1" }] });
  });

  test("takes no finding along that another id names", () => {
    expect(kindOf([{ ...OPENSSL, id: "GHSA-real", aliases: ["CVE-2026-1"] }])).toBe("violating");
    expect(kindOf([{ ...OPENSSL, aliases: ["CVE-2026-2"] }])).toBe("violating");
  });
});

describe("a report", () => {
  const from = (origin: ScanReport["origin"], findings: readonly Finding[] = []) => report(findings, { origin });
  const registryOnly = trusting({ trustReports: ["registry"] });

  test("on secrets from a place that the policy does not trust proves nothing", () => {
    const rules = policy("id: no-secrets, rule: secrets");
    const strict: Policy = { ...rules, findings: { ...rules.findings, trustReports: ["registry"] } };
    const looked = report([], { origin: "attached", covers: ["secret"], content: [] });
    const evidence: ImageEvidence = { ...image({ kind: "absent" }, signed()), content: [looked] };
    expect(evaluate(rules, target(), evidence, NOW).kind).toBe("compliant");
    expect(evaluate(strict, target(), evidence, NOW).kind).toBe("indeterminate");
    expect(evaluate(rules, target(), index([image({ kind: "absent" }, signed())], { content: [looked] }), NOW).kind).toBe("compliant");
  });

  test("from a place that the policy does not trust is as if it were not there", () => {
    const evidence = image(reported(from("attached")), signed());
    expect(evaluate(RULES, target(), evidence, NOW).kind).toBe("compliant");
    expect(evaluate(registryOnly, target(), evidence, NOW)).toMatchObject({
      kind: "indeterminate",
      reasons: [{ key: "no-high|findings" }],
    });
    expect(evaluate(registryOnly, target(), image(reported(from("registry"), from("attached", [OPENSSL])), signed()), NOW).kind).toBe(
      "compliant",
    );
  });
});
