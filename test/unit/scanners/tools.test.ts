import { describe, expect, test } from "vitest";
import type { Finding } from "../../../shared/domain/finding.ts";
import type { ReadReport } from "../../../shared/ports/findings-source.ts";
import { anchore } from "../../../shared/scanners/anchore/index.ts";
import { gitlab } from "../../../shared/scanners/gitlab/index.ts";
import { inToto } from "../../../shared/scanners/in-toto/index.ts";
import { osvScanner } from "../../../shared/scanners/osv-scanner/index.ts";
import { prisma } from "../../../shared/scanners/prisma/index.ts";
import { snyk } from "../../../shared/scanners/snyk/index.ts";
import { spdx } from "../../../shared/scanners/spdx/index.ts";
import { trivyOperator } from "../../../shared/scanners/trivy-operator/index.ts";
import { digest } from "./given.ts";

function findings(read: ReadReport): readonly Finding[] {
  if (read.kind !== "report") throw new Error(JSON.stringify(read));
  return read.report.findings;
}

describe("a report of Snyk", () => {
  const entry = (more: object = {}) => ({
    id: "SNYK-DEBIAN12-GCC12-1",
    severity: "low",
    severityWithCritical: "critical",
    nvdSeverity: "medium",
    packageName: "gcc-12",
    name: "gcc-12/libgcc-s1",
    version: "12.2",
    packageManager: "debian:12",
    identifiers: { CVE: ["CVE-2026-1"], GHSA: [] },
    fixedIn: ["12.3"],
    epssDetails: { probability: "0.5", percentile: "0.9" },
    ...more,
  });
  const json = (vulnerabilities: readonly object[], more: object = {}) => ({
    vulnerabilities,
    ok: false,
    dependencyCount: 9,
    packageManager: "deb",
    ...more,
  });

  test("gives the binary package with its source, Snyk's severity and the CVE as alias", () => {
    expect(findings(snyk.read(json([entry()])))).toMatchObject([
      {
        aliases: ["CVE-2026-1"],
        severity: "critical",
        package: { name: "libgcc-s1", source: "gcc-12", version: "12.2" },
        fix: { state: "fixed", versions: ["12.3"] },
        exploit: { probability: 0.5, percentile: 0.9 },
      },
    ]);
  });

  test("keeps the scope of an npm package, joins no CVE of several, and tells an empty list of fixes from none", () => {
    const [scoped, several, none] = findings(
      snyk.read(
        json([
          entry({ name: "@a/b", packageName: "@a/b" }),
          entry({ identifiers: { CVE: ["CVE-2026-1", "CVE-2026-2"] } }),
          entry({ fixedIn: [] }),
        ]),
      ),
    );
    expect(scoped?.package).toMatchObject({ name: "@a/b" });
    expect(several?.aliases).toEqual([]);
    expect(none?.fix.state).toBe("not-fixed");
    expect(findings(snyk.read(json([entry({ fixedIn: undefined })])))[0]?.fix.state).toBe("unknown");
  });

  test("counts the applications inside of the image, keeps what is ignored, and takes licences for content", () => {
    const licence = {
      id: "snyk:lic:npm:a:GPL-3.0",
      type: "license",
      severity: "high",
      title: "GPL-3.0 license",
      packageName: "a",
      version: "1",
    };
    const read = snyk.read(
      json([entry(), licence], { applications: [json([entry({ id: "SNYK-JS-A-1" })])], filtered: { ignore: [entry({ id: "SNYK-X" })] } }),
    );
    expect(findings(read).map(({ id, status }) => [id, status?.kind])).toEqual([
      ["SNYK-DEBIAN12-GCC12-1", undefined],
      ["SNYK-JS-A-1", undefined],
      ["SNYK-X", "suppressed"],
    ]);
    expect(read).toMatchObject({ report: { covers: ["licence"], content: [{ kind: "licence", rule: "GPL-3.0" }] } });
  });

  test("of a scan that failed, or that saw no package, is not clean", () => {
    expect(snyk.read({ ok: false, error: "no such image", path: "a" }).kind).toBe("failed");
    expect(snyk.read(json([], { ok: true, dependencyCount: 0 })).kind).toBe("unsupported");
    expect(snyk.read(json([], { ok: true })).kind).toBe("report");
    expect(snyk.read({ ok: true, packageManager: "deb" }).kind).toBe("malformed");
  });
});

describe("a report of osv-scanner", () => {
  const json = (vulnerability: object, more: object = {}) => ({
    results: [
      {
        source: { path: "go.mod", type: "lockfile" },
        packages: [
          {
            package: { name: "a", version: "1", ecosystem: "Go" },
            vulnerabilities: [{ id: "GHSA-a", ...vulnerability }],
            groups: [{ ids: ["GHSA-a"], max_severity: "9.8" }],
            ...more,
          },
        ],
      },
    ],
  });
  const one = (vulnerability: object, more: object = {}) => findings(osvScanner.read(json(vulnerability, more)))[0];

  test("takes the record's word, else the scanner's highest score, else the score of the vector", () => {
    const severity = [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" }];
    expect(one({ database_specific: { severity: "MODERATE" }, severity })?.severity).toBe("medium");
    expect(one({ severity })?.severity).toBe("critical");
    expect(one({ severity }, { groups: [] })).toMatchObject({ severity: "high", score: 7.5 });
    expect(one({}, { groups: [] })?.severity).toBe("unknown");
  });

  test("names the CVE of a distribution's record as alias, and none of an advisory that bundles several", () => {
    expect(one({ id: "DEBIAN-CVE-2026-1", upstream: ["CVE-2026-1"] })?.aliases).toEqual(["CVE-2026-1"]);
    expect(one({ id: "DSA-1", upstream: ["CVE-2026-1", "CVE-2026-2"] })?.aliases).toEqual([]);
  });

  test("takes the fix of the package that was found, and closes what was withdrawn", () => {
    const affected = [
      { package: { name: "a" }, ranges: [{ events: [{ introduced: "0" }, { fixed: "1.1" }] }] },
      { package: { name: "b" }, ranges: [{ events: [{ fixed: "9" }] }] },
    ];
    expect(one({ affected })?.fix).toEqual({ state: "fixed", versions: ["1.1"] });
    expect(one({ withdrawn: "2026-01-01T00:00:00Z" })?.status?.kind).toBe("withdrawn");
  });

  test("tells a malicious package also as malware, and is known only by its own shape", () => {
    expect(osvScanner.read(json({ id: "MAL-2026-1" }))).toMatchObject({ report: { content: [{ kind: "malware", rule: "MAL-2026-1" }] } });
    expect(osvScanner.recognises({ results: [] })).toBe(false);
    expect(osvScanner.recognises({ results: [], experimental_config: {} })).toBe(true);
  });
});

describe("reports of other tools", () => {
  test("GitLab: only a scan that succeeded says anything, and only of packages", () => {
    const entry = {
      severity: "High",
      location: { dependency: { package: { name: "apt" }, version: "1" }, operating_system: "debian:12" },
      identifiers: [{ type: "cve", value: "CVE-2026-1" }],
    };
    const json = (scan: object | undefined, vulnerabilities: readonly object[] = [entry]) => ({
      version: "15.0.0",
      vulnerabilities,
      remediations: [],
      scan,
    });
    const scan = { scanner: { id: "trivy" }, type: "container_scanning", status: "success", end_time: "2026-01-01T00:00:00" };
    expect(gitlab.read(json(scan))).toMatchObject({
      report: {
        scanner: "trivy",
        scannedAt: Date.UTC(2026, 0, 1),
        findings: [{ id: "CVE-2026-1", severity: "high", package: { name: "apt" } }],
      },
    });
    expect(gitlab.read(json({ ...scan, status: "failure" })).kind).toBe("failed");
    expect(gitlab.read(json({ ...scan, type: "sast" })).kind).toBe("unsupported");
    expect(gitlab.read(json(undefined, [])).kind).toBe("failed");
  });

  test("Trivy Operator: a list is read where all of it is about one image", () => {
    const item = (one: number) => ({
      apiVersion: "aquasecurity.github.io/v1alpha1",
      kind: "VulnerabilityReport",
      report: {
        artifact: { digest: digest(one) },
        updateTimestamp: "2026-01-01T00:00:00Z",
        vulnerabilities: [{ vulnerabilityID: "CVE-2026-1", resource: "a", severity: "LOW" }],
      },
    });
    expect(trivyOperator.read({ kind: "List", items: [item(1), item(1)] })).toMatchObject({
      subject: digest(1),
      report: { findings: [{}, {}] },
    });
    expect(trivyOperator.read({ kind: "List", items: [item(1), item(2)] }).kind).toBe("unsupported");
    expect(trivyOperator.read({ apiVersion: "aquasecurity.github.io/v1alpha1", kind: "ConfigAuditReport", report: {} }).kind).toBe(
      "unsupported",
    );
    expect(trivyOperator.read({ apiVersion: "aquasecurity.github.io/v1alpha1", kind: "VulnerabilityReport" }).kind).toBe("malformed");
  });

  test("Prisma: fixes stand in the status; compliance is told without its cause", () => {
    const entry = (status: string) => ({
      id: "CVE-2026-1",
      status,
      severity: "important",
      packageName: "a",
      packageVersion: "1",
      cvss: 7.1,
    });
    const result = {
      vulnerabilities: [entry("fixed in 1.2, 2.0"), entry("will not fix"), entry("open")],
      vulnerabilityDistribution: {},
      compliances: [{ id: 41, title: "secret in env", severity: "high", cause: "PASSWORD=x" }],
    };
    const read = prisma.read({ results: [result] });
    expect(findings(read).map(({ fix, severity }) => [fix.state, fix.versions, severity])).toEqual([
      ["fixed", ["1.2", "2.0"], "high"],
      ["wont-fix", [], "high"],
      ["not-fixed", [], "high"],
    ]);
    expect(JSON.stringify(read)).not.toContain("PASSWORD");
    expect(prisma.read({ results: [result, result] }).kind).toBe("unsupported");
    expect(prisma.read({ results: [{}] }).kind).toBe("failed");
  });

  test("Anchore: the engine's names and anchorectl's, and its -1 is no score", () => {
    const snake = {
      vuln: "CVE-2026-1",
      severity: "High",
      package_name: "a",
      package_version: "1",
      package_type: "rpm",
      fix: "1.2",
      nvd_data: [{ cvss_v2: { base_score: -1 }, cvss_v3: { base_score: 6.5 } }],
    };
    const camel = {
      vuln: "CVE-2026-1",
      severity: "High",
      packageName: "a",
      packageVersion: "1",
      packageType: "rpm",
      fix: "None",
      nvdData: [],
    };
    expect(anchore.read({ image_digest: digest(1), vulnerabilities: [snake] })).toMatchObject({
      subject: digest(1),
      report: { findings: [{ score: 6.5, package: { name: "a", version: "1" }, fix: { state: "fixed", versions: ["1.2"] } }] },
    });
    expect(findings(anchore.read([camel]))).toMatchObject([{ package: { name: "a", type: "rpm" }, fix: { state: "not-fixed" } }]);
    expect(anchore.read([{ vuln: "x" }]).kind).toBe("malformed");
  });

  test("SPDX: packages with purl and licence; the words for nobody looked say nothing; version 3 is refused", () => {
    const packages = [
      {
        name: "a",
        versionInfo: "1",
        licenseConcluded: "NOASSERTION",
        licenseDeclared: "MIT",
        externalRefs: [{ referenceType: "purl", referenceLocator: "pkg:npm/a@1" }],
      },
      { name: "b", licenseConcluded: "NONE" },
    ];
    const document = {
      spdxVersion: "SPDX-2.3",
      creationInfo: { created: "2026-01-01T00:00:00Z", creators: ["Organization: x", "Tool: syft-1"] },
      packages,
    };
    expect(spdx.read(document)).toMatchObject({
      kind: "facts",
      inventory: {
        format: "spdx-json",
        tool: "syft-1",
        packages: [
          { name: "a", type: "npm", purl: "pkg:npm/a@1", licences: ["MIT"] },
          { name: "b", licences: [] },
        ],
      },
    });
    expect(spdx.read({ spdxVersion: "SPDX-3.0", "@graph": [] }).kind).toBe("unsupported");
    expect(spdx.read({ "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [] }).kind).toBe("unsupported");
    expect(spdx.read({ spdxVersion: "SPDX-2.3" }).kind).toBe("malformed");
  });

  test("in-toto: a list of ids with vectors; null and a scan that did not finish are not clean", () => {
    const statement = (scanner: object, metadata: object = { scanFinishedOn: "2026-01-01T00:00:00Z" }) => ({
      _type: "https://in-toto.io/Statement/v1",
      predicateType: "https://in-toto.io/attestation/vulns/v0.2",
      subject: [{ uri: "pkg:maven/a/b@1", digest: { sha256: "1".repeat(64) } }],
      predicate: { scanner: { uri: "osv.dev", ...scanner }, metadata },
    });
    const severity = [{ method: "CVSSv31", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }];
    expect(inToto.read(statement({ result: [{ id: "GHSA-a", severity }] }))).toMatchObject({
      subject: `sha256:${"1".repeat(64)}`,
      report: {
        scanner: "osv.dev",
        findings: [{ id: "GHSA-a", severity: "critical", score: 9.8, package: { name: "b", version: "1", purl: "pkg:maven/a/b@1" } }],
      },
    });
    expect(inToto.read(statement({}))).toMatchObject({ kind: "report", report: { findings: [] } });
    expect(inToto.read(statement({ result: null })).kind).toBe("unsupported");
    expect(inToto.read(statement({}, {})).kind).toBe("failed");
    expect(inToto.recognises({ ...statement({}), predicateType: "https://slsa.dev/provenance/v1" })).toBe(false);
  });
});
