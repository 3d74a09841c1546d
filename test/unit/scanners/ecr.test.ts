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

  test("says where ECR counts more than it lists", () => {
    expect(ecr.read(ecrJson({ findings: [ECR_FINDING], findingSeverityCounts: { HIGH: 3 } }))).toMatchObject({
      notes: [expect.stringContaining("3")],
    });
  });
});
