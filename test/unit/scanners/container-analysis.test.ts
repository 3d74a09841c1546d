import { describe, expect, test } from "vitest";
import { parseInstant } from "../../../shared/domain/time.ts";
import { containerAnalysis } from "../../../shared/scanners/container-analysis/index.ts";
import { digest } from "./given.ts";
import { findingsOf, firstOf, reportOf } from "./read.ts";
import { discovery, OCCURRENCE } from "./registry-documents.ts";

const page = (...occurrences: readonly object[]) => ({ occurrences });
const vulnerable = (vulnerability: object) => ({ ...OCCURRENCE, vulnerability: { ...OCCURRENCE.vulnerability, ...vulnerability } });
const DONE = discovery("FINISHED_SUCCESS");
const [ISSUE] = OCCURRENCE.vulnerability.packageIssue;

describe("occurrences of Container Analysis", () => {
  test("are read with package, fix, both severities and the time of the scan", () => {
    const read = containerAnalysis.read(page(DONE, OCCURRENCE));
    expect(reportOf(read).scannedAt).toBe(parseInstant("2026-11-21T08:00:00Z"));
    expect(read).toMatchObject({ subject: digest(1) });
    expect(firstOf(read)).toMatchObject({
      id: "CVE-2026-1",
      severity: "high",
      severities: [
        { source: "google", raw: "HIGH" },
        { source: "google note", raw: "MINIMAL", severity: "negligible" },
      ],
      score: 7.5,
      package: { name: "openssl", version: "1:3.0.11-1", type: "os" },
      fix: { state: "fixed", versions: ["1:3.0.14-1"] },
    });
  });

  test("have one finding for each package, with the package's own severity and fix", () => {
    const packageIssue = [ISSUE, { ...ISSUE, affectedPackage: "libssl3", fixedVersion: { kind: "MAXIMUM" }, effectiveSeverity: "LOW" }];
    const findings = findingsOf(containerAnalysis.read(page(DONE, vulnerable({ packageIssue }))));
    expect(findings.map(({ package: { name }, severity, fix: { state } }) => [name, severity, state])).toEqual([
      ["openssl", "high", "fixed"],
      ["libssl3", "low", "not-fixed"],
    ]);
  });

  test.each([
    [{ effectiveSeverity: undefined }, "negligible"],
    [{ effectiveSeverity: "SEVERITY_UNSPECIFIED", severity: "CRITICAL" }, "critical"],
    [{ effectiveSeverity: "SEVERITY_UNSPECIFIED", severity: "SEVERITY_UNSPECIFIED" }, "unknown"],
    [{ effectiveSeverity: undefined, severity: undefined }, "unknown"],
  ])("with %j count as %s", (more, severity) => {
    expect(firstOf(containerAnalysis.read(page(DONE, vulnerable(more)))).severity).toBe(severity);
  });

  test("tell of KEV by its presence, and of EPSS", () => {
    const risk = { cisaKev: { knownRansomwareCampaignUse: "Unknown" }, epss: { score: 0.5, percentile: 0.9 } };
    expect(firstOf(containerAnalysis.read(page(DONE, vulnerable({ risk })))).exploit).toEqual({
      isKnownExploited: true,
      probability: 0.5,
      percentile: 0.9,
    });
  });

  test.each([
    ["NOT_AFFECTED", "not-affected"],
    ["FIXED", "vex-fixed"],
    ["UNDER_INVESTIGATION", "under-investigation"],
    ["AFFECTED", undefined],
    ["constructor", undefined],
  ])("keep what VEX says of them: %s", (state, kind) => {
    const vexAssessment = { state, justification: { justificationType: "COMPONENT_NOT_PRESENT" } };
    expect(firstOf(containerAnalysis.read(page(DONE, vulnerable({ vexAssessment })))).status?.kind).toBe(kind);
  });

  test("of gcloud's description of an image are grouped by severity", () => {
    const described = {
      discovery_summary: { discovery: [DONE] },
      package_vulnerability_summary: { vulnerabilities: { HIGH: [OCCURRENCE] } },
    };
    expect(findingsOf(containerAnalysis.read(described))).toHaveLength(1);
  });

  test("say that the scan may not be complete, where nothing says that it is", () => {
    expect(containerAnalysis.read(page(OCCURRENCE))).toMatchObject({ kind: "report", notes: [expect.stringContaining("DISCOVERY")] });
  });

  test("say that nobody looks at the image any more", () => {
    expect(containerAnalysis.read(page(discovery("COMPLETE", { continuousAnalysis: "INACTIVE" })))).toMatchObject({
      notes: [expect.stringContaining("INACTIVE")],
    });
  });

  test("alone never count as the list: neither a vulnerability nor the end of a scan", () => {
    expect(reportOf(containerAnalysis.read(OCCURRENCE)).scanner).not.toBe("container-analysis");
    expect(containerAnalysis.read(DONE).kind).toBe("facts");
  });
});

describe("no vulnerability among the occurrences", () => {
  test("is clean where the scan has come to a good end", () => {
    for (const status of ["FINISHED_SUCCESS", "COMPLETE"]) expect(findingsOf(containerAnalysis.read(page(discovery(status))))).toEqual([]);
  });

  test.each([
    ["PENDING", "pending"],
    ["SCANNING", "pending"],
    ["FINISHED_FAILED", "failed"],
    ["FINISHED_UNSUPPORTED", "unsupported"],
    ["A_STATUS_OF_TOMORROW", "failed"],
  ])("is not clean where the scan is %s, and neither are those that are listed", (status, kind) => {
    expect(containerAnalysis.read(page(discovery(status))).kind).toBe(kind);
    expect(containerAnalysis.read(page(discovery(status), OCCURRENCE)).kind).toBe(kind);
    expect(containerAnalysis.read(page(DONE, discovery(status))).kind).toBe(kind);
  });

  test.each([
    ["an empty list", page(), "unsupported"],
    ["other kinds of occurrences", page({ name: "projects/p/occurrences/1", kind: "BUILD" }), "unsupported"],
    ["one page of several", { ...page(DONE), nextPageToken: "t" }, "failed"],
    ["regions that did not answer", { ...page(DONE), unreachable: ["projects/p/locations/r"] }, "failed"],
    ["a description without vulnerabilities", { discovery_summary: { discovery: [DONE] } }, "unsupported"],
    ["a vulnerability without a name", page(DONE, { ...OCCURRENCE, noteName: "" }), "malformed"],
    ["a vulnerability that is none", page(DONE, { ...OCCURRENCE, vulnerability: "x" }), "malformed"],
  ])("is not clean in %s", (_, document, kind) => {
    expect(containerAnalysis.read(document).kind).toBe(kind);
  });
});
