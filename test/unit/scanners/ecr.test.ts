import { describe, expect, test } from "vitest";
import { instant } from "../../../shared/domain/time.ts";
import { ecr } from "../../../shared/scanners/aws/index.ts";
import { digest } from "./given.ts";
import { findingsOf, firstOf, reportOf } from "./read.ts";
import { ECR_FINDING, ecrJson, INSPECTOR_FINDING } from "./registry-documents.ts";

describe("ECR's answer on an image's scan", () => {
  test("of basic scanning has package and scores in attributes of text, times in seconds, and knows no fix", () => {
    const read = ecr.read(ecrJson({ findings: [ECR_FINDING] }));
    expect(reportOf(read)).toMatchObject({ scanner: "ecr", scannedAt: instant(1_795_248_000_500), databaseAt: instant(1_795_240_000_000) });
    expect(read).toMatchObject({ subject: digest(1) });
    expect(firstOf(read)).toEqual({
      id: "CVE-2026-1",
      aliases: [],
      severity: "high",
      severities: [{ source: "ecr", raw: "HIGH", severity: "high" }],
      score: 7.5,
      cvss: [{ source: "ecr", version: "3.1", score: 7.5, vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" }],
      package: { name: "openssl", version: "3.0.11", type: "os" },
      fix: { state: "unknown", versions: [] },
    });
  });

  test.each([
    ["UNDEFINED", "unknown"],
    ["INFORMATIONAL", "negligible"],
  ])("of severity %s is %s", (severity, expected) => {
    expect(firstOf(ecr.read(ecrJson({ findings: [{ ...ECR_FINDING, severity }] }))).severity).toBe(expected);
  });

  test("of enhanced scanning holds Inspector's findings, which may not be rated yet", () => {
    const { fixAvailable: _, ...entry } = INSPECTOR_FINDING;
    const untriaged = { ...entry, severity: "UNTRIAGED", score: 0.0, fixAvailable: "NO", firstObservedAt: 1_795_200_000 };
    const details = {
      ...entry.packageVulnerabilityDetails,
      vendorSeverity: "not yet assigned",
      vulnerablePackages: [{ name: "krb5", version: "1.20", fixedInVersion: "NotAvailable" }],
    };
    const finding = firstOf(ecr.read(ecrJson({ enhancedFindings: [{ ...untriaged, packageVulnerabilityDetails: details }] }, "ACTIVE")));
    expect(finding).toMatchObject({
      severity: "unknown",
      fix: { state: "not-fixed", versions: [] },
      firstSeenAt: instant(1_795_200_000_000),
    });
    expect(finding.score).toBeUndefined();
    expect(finding.severities.map(({ severity }) => severity)).toEqual(["unknown", "unknown"]);
  });

  test("is clean where ECR lists nothing and says when it looked", () => {
    expect(findingsOf(ecr.read(ecrJson({ findings: [], findingSeverityCounts: {} })))).toEqual([]);
    expect(findingsOf(ecr.read(ecrJson({ enhancedFindings: [] }, "ACTIVE")))).toEqual([]);
    expect(reportOf(ecr.read(ecrJson({ findings: [], imageScanCompletedAt: 1_795_248_000_500 }))).scannedAt).toBe(1_795_248_000_500);
  });

  test.each([
    ["FAILED", "failed"],
    ["SCAN_ELIGIBILITY_EXPIRED", "failed"],
    ["FINDINGS_UNAVAILABLE", "failed"],
    ["LIMIT_EXCEEDED", "failed"],
    ["IMAGE_ARCHIVED", "unsupported"],
    ["A_STATUS_OF_TOMORROW", "failed"],
    ["UNSUPPORTED_IMAGE", "unsupported"],
    ["IMAGE_SIZE_EXCEEDED", "unsupported"],
    ["IN_PROGRESS", "pending"],
    ["PENDING", "pending"],
  ])("of status %s is %s, whatever is listed", (status, kind) => {
    for (const told of [null, { findings: [] }, { findings: [ECR_FINDING] }]) expect(ecr.read(ecrJson(told, status)).kind).toBe(kind);
  });

  test.each([
    ["COMPLETE without findings: those of an enhanced scan come later", ecrJson(null), "pending"],
    ["COMPLETE with no time of a scan", ecrJson({ findings: [], imageScanCompletedAt: null }), "pending"],
    ["ACTIVE with the list of basic scanning only", ecrJson({ findings: [] }, "ACTIVE"), "pending"],
    ["counts that nothing in the list explains", ecrJson({ findings: [], findingSeverityCounts: { HIGH: 1 } }), "failed"],
    ["one page of several", ecrJson({ findings: [ECR_FINDING] }, "COMPLETE", { nextToken: "t" }), "failed"],
    ["findings that are all closed", ecrJson({ enhancedFindings: [{ ...INSPECTOR_FINDING, status: "CLOSED" }] }), "unsupported"],
    ["findings without a name", ecrJson({ findings: [{ severity: "HIGH" }] }), "malformed"],
    ["findings that are no list", ecrJson({ findings: { a: 1 } }), "malformed"],
  ])("is not clean with %s", (_, document, kind) => {
    expect(ecr.read(document).kind).toBe(kind);
  });

  test.each([
    ["basic", { findings: [ECR_FINDING], findingSeverityCounts: { CRITICAL: 2, HIGH: 1 } }],
    ["enhanced", { enhancedFindings: [INSPECTOR_FINDING], findingSeverityCounts: { CRITICAL: 2, HIGH: 1 } }],
  ])("of %s scanning is no report where ECR counts more than it lists, however much that is", (_, told) => {
    expect(ecr.read(ecrJson(told))).toMatchObject({ kind: "failed", why: expect.stringContaining("3") });
  });

  test("is a report where the counts call severities by other names, or are less than the list", () => {
    const counted = { findings: [{ ...ECR_FINDING, severity: "UNTRIAGED" }, ECR_FINDING], findingSeverityCounts: { UNDEFINED: 1 } };
    expect(findingsOf(ecr.read(ecrJson(counted)))).toHaveLength(2);
  });

  test("names a finding without a name after the page that tells of it", () => {
    const nameless = { ...ECR_FINDING, name: null, uri: "https://example.com/CVE-2026-2", severity: "CRITICAL" };
    const findings = findingsOf(ecr.read(ecrJson({ findings: [ECR_FINDING, nameless] })));
    expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
      ["CVE-2026-1", "high"],
      ["https://example.com/CVE-2026-2", "critical"],
    ]);
  });

  test("is no report where a finding that nothing names may be graver than all others, and notes it where not", () => {
    const read = (severity: string) => ecr.read(ecrJson({ findings: [ECR_FINDING, { severity }] }));
    expect(read("CRITICAL").kind).toBe("malformed");
    expect(read("UNDEFINED").kind).toBe("malformed");
    expect(read("HIGH")).toMatchObject({ kind: "report", notes: [expect.any(String)] });
  });

  test("keeps package and score where an attribute is none", () => {
    const finding = firstOf(ecr.read(ecrJson({ findings: [{ ...ECR_FINDING, attributes: [null, ...ECR_FINDING.attributes] }] })));
    expect([finding.package.name, finding.score]).toEqual(["openssl", 7.5]);
  });
});
