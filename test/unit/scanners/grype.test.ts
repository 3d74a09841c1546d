import { describe, expect, test } from "vitest";
import type { Finding } from "../../../shared/domain/finding.ts";
import { parseInstant } from "../../../shared/domain/time.ts";
import { grype } from "../../../shared/scanners/grype/index.ts";
import { digest } from "./given.ts";

const MATCH = {
  vulnerability: {
    id: "GHSA-aaaa-bbbb-cccc",
    severity: "High",
    namespace: "github:language:go",
    cvss: [{ source: "nvd", version: "3.1", vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", metrics: { baseScore: 7.5 } }],
    fix: { state: "fixed", versions: ["1.2.3"], available: [{ version: "1.2.3", date: "2026-01-02", kind: "first-observed" }] },
    epss: [{ cve: "CVE-2026-1", epss: 0.5, percentile: 0.9, date: "2026-01-01" }],
    knownExploited: [{ cve: "CVE-2026-1" }],
  },
  relatedVulnerabilities: [{ id: "CVE-2026-1", severity: "Critical", namespace: "nvd:cpe" }],
  artifact: {
    name: "libssl3",
    version: "3.0.1",
    type: "deb",
    purl: "pkg:deb/debian/libssl3@3.0.1",
    locations: [{ path: "/var/lib/dpkg/status", layerID: digest(9) }],
    upstreams: [{ name: "openssl" }],
  },
};
const json = (matches: readonly unknown[], more: object = {}) => ({ matches, descriptor: { name: "grype" }, ...more });

function findings(document: object): readonly Finding[] {
  const read = grype.read(document);
  if (read.kind !== "report") throw new Error(JSON.stringify(read));
  return read.report.findings;
}
const one = (vulnerability: object, more: object = {}) =>
  findings(json([{ ...MATCH, ...more, vulnerability: { ...MATCH.vulnerability, ...vulnerability } }]))[0];

describe("a Grype report", () => {
  test("gives a match with its package, source package, layer, scores, fix and what is known of attacks", () => {
    expect(one({})).toEqual({
      id: "GHSA-aaaa-bbbb-cccc",
      aliases: ["CVE-2026-1"],
      severity: "high",
      severities: [
        { source: "github:language:go", raw: "High", severity: "high" },
        { source: "nvd:cpe", raw: "Critical", severity: "critical" },
      ],
      score: 7.5,
      package: {
        name: "libssl3",
        version: "3.0.1",
        type: "deb",
        purl: "pkg:deb/debian/libssl3@3.0.1",
        path: "/var/lib/dpkg/status",
        source: "openssl",
        layer: digest(9),
      },
      cvss: [{ source: "nvd", version: "3.1", score: 7.5, vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" }],
      fix: { state: "fixed", versions: ["1.2.3"], availableAt: parseInstant("2026-01-02T00:00:00Z") },
      exploit: { isKnownExploited: true, probability: 0.5, percentile: 0.9 },
    });
  });

  test("never joins two CVE ids, nor those that an advisory bundles, for they are different vulnerabilities", () => {
    expect(one({ id: "CVE-2020-5" })?.aliases).toEqual([]);
    expect(one({ id: "ELSA-2026-1" }, { relatedVulnerabilities: [{ id: "CVE-2026-1" }, { id: "CVE-2026-2" }] })?.aliases).toEqual([]);
  });

  test.each([
    [{ state: "wont-fix", versions: [] }, "wont-fix"],
    [{ state: "not-fixed", versions: [] }, "not-fixed"],
    [{ state: "", versions: [] }, "unknown"],
    [undefined, "unknown"],
    [{ state: "", versions: ["2"] }, "fixed"],
  ])("reads the fix %j as %s", (fix, state) => {
    expect(one({ fix })?.fix.state).toBe(state);
  });

  test.each([[undefined], ["Unknown"], [""], ["odd"]])("takes the severity %j for unknown", (severity) => {
    expect(one({ severity })?.severity).toBe("unknown");
  });

  test("keeps what Grype left out, and tells why", () => {
    const ignored = (rule: object) => findings(json([], { ignoredMatches: [{ ...MATCH, appliedIgnoreRules: [rule] }] }))[0]?.status;
    expect(ignored({ reason: "not reachable" })).toEqual({ kind: "suppressed", by: "grype", why: "not reachable" });
    expect(ignored({ "vex-status": "not_affected", "vex-justification": "component_not_present" })).toEqual({
      kind: "not-affected",
      by: "grype",
      why: "component_not_present",
    });
    expect(ignored({ "vex-status": "fixed" })).toMatchObject({ kind: "vex-fixed" });
  });

  test("names the registry's digest of its image before the one that Grype reckoned", () => {
    const source = (target: object) => grype.read(json([], { source: { type: "image", target } }));
    expect(source({ repoDigests: [`shop/api@${digest(1)}`], manifestDigest: digest(2) })).toMatchObject({ subject: digest(1) });
    expect(source({ repoDigests: [], manifestDigest: digest(2) })).toMatchObject({ subject: digest(2) });
    expect(grype.read(json([], { source: { type: "directory", target: "." } }))).not.toHaveProperty("subject");
  });

  test("without a list of matches, with matches that are none or that have no id, is no clean report", () => {
    for (const document of [{ descriptor: {} }, { matches: null, descriptor: {} }, json([null]), json([{ vulnerability: {} }])])
      expect(grype.read(document).kind).toBe("malformed");
    expect(grype.read(json([{ ...MATCH, vulnerability: { id: " " } }])).kind).toBe("malformed");
  });

  test("without matches is clean", () => {
    expect(grype.read(json([]))).toMatchObject({ kind: "report", report: { scanner: "grype", findings: [] } });
  });
});
