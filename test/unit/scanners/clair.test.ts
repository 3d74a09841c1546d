import { describe, expect, test } from "vitest";
import { parseInstant } from "../../../shared/domain/time.ts";
import { clair, clairScanner, klar, quay } from "../../../shared/scanners/clair/index.ts";
import { digest } from "./given.ts";
import { findingsOf, firstOf } from "./read.ts";
import { CLAIR_VULNERABILITY, clairJson, DOCUMENTS, QUAY_VULNERABILITY, quayJson } from "./registry-documents.ts";

const vulnerability = (more: object) => firstOf(clair.read(clairJson({ ...CLAIR_VULNERABILITY, ...more })));
const LINK = "https://access.redhat.com/security/cve/CVE-2026-1001";

describe("a report of Clair 4", () => {
  test("is read with package, source, layer, and Clair's word before the vendor's", () => {
    const read = clair.read(clairJson(CLAIR_VULNERABILITY));
    expect(read).toMatchObject({ subject: digest(1) });
    expect(firstOf(read)).toEqual({
      id: "CVE-2026-1001",
      aliases: [],
      title: "openssl: a flaw in a parser (moderate)",
      severity: "medium",
      severities: [
        { source: "clair", raw: "Medium", severity: "medium" },
        { source: "rhel", raw: "Moderate", severity: "medium" },
      ],
      package: { name: "openssl-libs", version: "1:3.0.7-24.el9", type: "rhel", source: "openssl", layer: digest(9) },
      fix: { state: "not-fixed", versions: [] },
      publishedAt: parseInstant("2026-11-01T00:00:00Z"),
    });
  });

  test.each([
    ["CVE-2026-1001 openssl: a flaw (low)", "", "CVE-2026-1001", []],
    ["pyup.io-36353 (CVE-2026-1001)", "", "CVE-2026-1001", []],
    ["pyup.io-36353 (CVE-2026-1001, CVE-2026-1002)", "", "pyup.io-36353", []],
    ["RHSA-2026:0628: openssl security update", LINK, "RHSA-2026:0628", ["CVE-2026-1001"]],
    ["RHSA-2026:0628: openssl security update", `${LINK} ${LINK}2`, "RHSA-2026:0628", []],
    ["GHSA-jqxx-xxcj-fjgp", LINK, "GHSA-jqxx-xxcj-fjgp", ["CVE-2026-1001"]],
    ["gcc-11: a flaw", LINK, "CVE-2026-1001", []],
    ["a flaw in free words", "", "a flaw in free words", []],
  ])("names %j with the links %j by the id %s and the names %j", (name, links, id, aliases) => {
    expect(vulnerability({ name, links })).toMatchObject({ id, aliases });
  });

  test.each([
    ["", "not-fixed", []],
    ["0:3.0.7-25.el9", "fixed", ["0:3.0.7-25.el9"]],
    ["fixed=1.2.3&introduced=0", "fixed", ["1.2.3"]],
    ["introduced=0&lastAffected=1.1", "not-fixed", []],
  ])("with the fixed version %j tells the fix %s", (fixed_in_version, state, versions) => {
    expect(vulnerability({ fixed_in_version }).fix).toEqual({ state, versions });
  });

  test("takes a vector that stands for the severity as a score, and the year 1 for no time", () => {
    const finding = vulnerability({ severity: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", issued: "0001-01-01T00:00:00Z" });
    expect(finding).toMatchObject({ severity: "medium", score: 9.8 });
    expect(finding.severities).toHaveLength(1);
    expect(finding.publishedAt).toBeUndefined();
  });

  test("gives what its enrichments say, the worst of several", () => {
    const kind = (name: string) => `message/vnd.clair.map.vulnerability; enricher=clair.${name} schema=x`;
    const enrichments = {
      [kind("cvss")]: [{ "5": [{ version: "3.1", baseScore: 7.5, vectorString: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" }] }],
      [kind("epss")]: [
        {
          "5": [
            { epss: 0.1, percentile: 0.2 },
            { epss: 0.7, percentile: 0.9 },
          ],
          "6": [{ epss: 1 }],
        },
      ],
      [kind("kev")]: [{ "5": [{ cve: "CVE-2026-1001" }] }],
    };
    expect(firstOf(clair.read(clairJson(CLAIR_VULNERABILITY, { enrichments })))).toMatchObject({
      score: 7.5,
      exploit: { isKnownExploited: true, probability: 0.7, percentile: 0.9 },
    });
  });

  test("is clean where there are packages that Clair has data for", () => {
    expect(findingsOf(clair.read(clairJson(undefined)))).toEqual([]);
    const go = {
      environments: { "1": [{ package_db: "go:app/server", introduced_in: digest(9), distribution_id: "" }] },
      distributions: {},
    };
    expect(findingsOf(clair.read(clairJson(undefined, go)))).toEqual([]);
  });

  test.each([
    ["no packages", clairJson(undefined, { packages: {} }), "unsupported"],
    ["packages of a system that it does not know", clairJson(undefined, { distributions: {} }), "unsupported"],
    ["vulnerabilities that no package has", clairJson(CLAIR_VULNERABILITY, { package_vulnerabilities: {} }), "malformed"],
    ["a vulnerability that it does not hold", clairJson(undefined, { package_vulnerabilities: { "1": ["5"] } }), "malformed"],
    ["a package that it does not hold", clairJson(CLAIR_VULNERABILITY, { package_vulnerabilities: { "2": ["5"] } }), "malformed"],
    ["a vulnerability without a name", clairJson({ ...CLAIR_VULNERABILITY, name: "" }), "malformed"],
    ["the index report that comes before it", { manifest_hash: digest(1), state: "IndexFinished", packages: {} }, "malformed"],
  ])("is not clean with %s", (_, document, kind) => {
    expect(clair.read(document).kind).toBe(kind);
  });
});

describe("Quay's answer on a manifest", () => {
  test("is read with and without its envelope, and with scores that are empty text", () => {
    const whole = quayJson([QUAY_VULNERABILITY]);
    for (const document of [whole, (whole as { data: object }).data]) {
      expect(quay.recognises(document)).toBe(true);
      const finding = firstOf(quay.read(document));
      expect(finding).toMatchObject({ id: "RHSA-2026:1", aliases: ["CVE-2026-1001"], severity: "high", fix: { state: "fixed" } });
      expect(finding.score).toBeUndefined();
    }
  });

  test("is clean where Quay has scanned and packages have empty lists", () => {
    expect(findingsOf(quay.read(quayJson([])))).toEqual([]);
  });

  test.each([
    ["queued", "pending"],
    ["failed", "failed"],
    ["unsupported", "unsupported"],
    ["manifest_layer_too_large", "unsupported"],
    ["whatever", "failed"],
  ])("of status %s is %s", (status, kind) => {
    for (const document of [{ status, data: null }, quayJson([], status), quayJson([QUAY_VULNERABILITY], status)])
      expect(quay.read(document).kind).toBe(kind);
  });

  test.each([
    ["no data", { status: "scanned", data: null }, "failed"],
    ["packages without their vulnerabilities", quayJson(null), "failed"],
    ["no packages", { status: "scanned", data: { Layer: { Features: [] } } }, "unsupported"],
    ["a layer that was not indexed", { Layer: { Features: [{ Name: "a", Version: "1", Vulnerabilities: [] }] } }, "unsupported"],
    ["a vulnerability without a name", quayJson([{ Severity: "High" }]), "malformed"],
  ])("is not clean with %s", (_, document, kind) => {
    expect(quay.read(document).kind).toBe(kind);
  });
});

describe("outputs of Clair's older clients", () => {
  test("klar: a severity above critical is critical, and no layer is no scan", () => {
    const Vulnerabilities = { Defcon1: [{ Name: "RHSA-2026:1", FeatureName: "a", FeatureVersion: "1", FixedBy: "" }] };
    expect(firstOf(klar.read({ LayerCount: 2, Vulnerabilities }))).toMatchObject({
      severity: "critical",
      severities: [{ raw: "Defcon1" }],
    });
    expect(findingsOf(klar.read({ LayerCount: 2, Vulnerabilities: {} }))).toEqual([]);
    expect(klar.read({ LayerCount: 0, Vulnerabilities: {} }).kind).toBe("unsupported");
    expect(klar.read({ LayerCount: 2, Vulnerabilities: { High: [{}] } }).kind).toBe("malformed");
  });

  test("clair-scanner: an id under unapproved that is not listed is no clean image", () => {
    expect(firstOf(clairScanner.read(DOCUMENTS["clair-scanner"]))).toMatchObject({
      id: "CVE-2026-1",
      package: { name: "openssl", type: "debian" },
    });
    const report = (unapproved: readonly string[] | undefined) => clairScanner.read({ image: "a:1", unapproved, vulnerabilities: [] });
    expect(findingsOf(report([]))).toEqual([]);
    expect(report(["CVE-2026-1"]).kind).toBe("malformed");
    expect(report(undefined).kind).toBe("unsupported");
  });
});
