import { describe, expect, test } from "vitest";
import { readCoverage } from "../../../../shared/providers/aws/coverage.ts";

const START = Date.parse("2026-11-20T10:00:00Z");

describe("coverage", () => {
  const ARN = "arn:aws:ecr:eu-central-1:123456789012:repository/team/app/sha256:1";
  const covered = (reason: string, more: object = {}) => ({
    resourceId: ARN,
    scanType: "PACKAGE",
    scanStatus: { statusCode: "ACTIVE", reason },
    ...more,
  });

  test("a reason that nobody knows does not say that the scan was successful", () => {
    expect(readCoverage([covered("SOMETHING_NEW")], ARN)).toMatchObject({ kind: "open", findings: { kind: "failed" } });
    expect(readCoverage([covered("constructor")], ARN)).toMatchObject({ kind: "open", findings: { kind: "failed" } });
    expect(readCoverage([{ resourceId: ARN, scanType: "PACKAGE" }], ARN)).toMatchObject({ kind: "open", findings: { kind: "failed" } });
  });

  test("an image that is successful and not active is not being looked at", () => {
    const inactive = covered("SUCCESSFUL", { scanStatus: { statusCode: "INACTIVE", reason: "SUCCESSFUL" } });
    expect(readCoverage([inactive], ARN)).toMatchObject({ kind: "open" });
  });

  test("what was scanned with its push alone is as old as that scan", () => {
    const once = covered("SCAN_FREQUENCY_SCAN_ON_PUSH", { lastScannedAt: "2026-11-20T10:00:00Z" });
    expect(readCoverage([once], ARN)).toMatchObject({ kind: "scanned", scannedAt: START, note: expect.any(String) });
    expect(readCoverage([covered("SCAN_FREQUENCY_SCAN_ON_PUSH")], ARN)).toMatchObject({ kind: "open" });
  });

  test("one entry that is open outweighs others, and another image's or that of a code scan says nothing", () => {
    const good = covered("SUCCESSFUL", { lastScannedAt: "2026-11-20T10:00:00Z" });
    expect(readCoverage([good, covered("SCAN_IN_PROGRESS")], ARN)).toMatchObject({ kind: "open", findings: { kind: "pending" } });
    expect(readCoverage([good, covered("SCAN_IN_PROGRESS", { scanType: "CODE" })], ARN)).toMatchObject({ kind: "scanned" });
    expect(readCoverage([covered("SUCCESSFUL", { resourceId: `${ARN}2` })], ARN)).toEqual({ kind: "not-covered" });
  });
});
