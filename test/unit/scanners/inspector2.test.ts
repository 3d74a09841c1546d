import { describe, expect, test } from "vitest";
import { parseInstant } from "../../../shared/domain/time.ts";
import { inspector2, inspector2Coverage } from "../../../shared/scanners/aws/index.ts";
import { digest } from "./given.ts";
import { findingsOf, firstOf, reportOf } from "./read.ts";
import { INSPECTOR_FINDING } from "./registry-documents.ts";

const DETAILS = INSPECTOR_FINDING.packageVulnerabilityDetails;
const list = (...findings: readonly object[]) => ({ findings });
const withDetails = (more: object, entry: object = {}) =>
  list({ ...INSPECTOR_FINDING, ...entry, packageVulnerabilityDetails: { ...DETAILS, ...more } });

describe("a list of Inspector2's findings", () => {
  test("keeps Inspector's severity, which counts, and the vendor's beside it", () => {
    const finding = firstOf(inspector2.read(list(INSPECTOR_FINDING)));
    expect(finding.severity).toBe("high");
    expect(finding.severities).toEqual([
      { source: "inspector", raw: "HIGH", severity: "high" },
      { source: "debian", raw: "low", severity: "low" },
    ]);
  });

  test("is known as the answer, as a recorded answer and as it is", () => {
    for (const document of [list(INSPECTOR_FINDING), { status_code: 200, data: list(INSPECTOR_FINDING) }, [INSPECTOR_FINDING]]) {
      expect(inspector2.recognises(document)).toBe(true);
      expect(findingsOf(inspector2.read(document))).toHaveLength(1);
    }
  });

  test("is as old as its last observation, and about the image that all findings name", () => {
    const read = inspector2.read(list(INSPECTOR_FINDING, { ...INSPECTOR_FINDING, lastObservedAt: "2026-11-19T08:00:00Z" }));
    expect(reportOf(read).scannedAt).toBe(parseInstant("2026-11-21T08:00:00Z"));
    expect(read).toMatchObject({ subject: digest(1) });
  });

  test("says that it tells of several images, and then names none as its own", () => {
    const other = { ...INSPECTOR_FINDING, resources: [{ id: `arn:aws:ecr:r:1:repository/a/${digest(2)}` }] };
    const read = inspector2.read(list(INSPECTOR_FINDING, other));
    expect(read).toMatchObject({ notes: [expect.stringContaining("2 images")] });
    expect(read).not.toHaveProperty("subject");
  });

  test("has one finding for each package that an entry names, each with its own fix", () => {
    const vulnerablePackages = [
      { name: "a", version: "1", fixedInVersion: "2" },
      { name: "b", version: "1", fixedInVersion: "NotAvailable" },
    ];
    const findings = findingsOf(inspector2.read(withDetails({ vulnerablePackages }, { fixAvailable: "PARTIAL" })));
    expect(findings.map(({ id, package: { name }, fix }) => [id, name, fix.state, fix.versions])).toEqual([
      ["CVE-2026-1", "a", "fixed", ["2"]],
      ["CVE-2026-1", "b", "not-fixed", []],
    ]);
  });

  test.each([
    ["YES", undefined, "fixed"],
    ["NO", "NotAvailable", "not-fixed"],
    [undefined, undefined, "unknown"],
  ])("with fixAvailable %s and the version %s tells the fix %s", (fixAvailable, fixedInVersion, state) => {
    const read = inspector2.read(withDetails({ vulnerablePackages: [{ name: "a", version: "1", fixedInVersion }] }, { fixAvailable }));
    expect(firstOf(read).fix).toEqual({ state, versions: [] });
  });

  test.each([
    [{ epoch: 1, version: "3.0.7", release: "24.el9" }, "1:3.0.7-24.el9"],
    [{ epoch: 0, version: "3.0.7", release: "24.el9" }, "3.0.7-24.el9"],
    [{ epoch: "2", version: "1.0" }, "2:1.0"],
    [{ version: "1.24.4" }, "1.24.4"],
  ])("puts the version %j together as the package manager prints it: %s", (version, printed) => {
    expect(firstOf(inspector2.read(withDetails({ vulnerablePackages: [{ name: "a", ...version }] }))).package.version).toBe(printed);
  });

  test("keeps a vulnerability of which no package is named", () => {
    for (const vulnerablePackages of [undefined, null, []])
      expect(findingsOf(inspector2.read(withDetails({ vulnerablePackages })))).toHaveLength(1);
  });

  test.each([
    ["2026-11-20T08:00:00.123+01:00", "2026-11-20T07:00:00.123Z"],
    ["2026-11-20 08:00:00.744000+01:00", "2026-11-20T07:00:00.744Z"],
    ["Nov 20, 2026, 6:02:30 PM", "2026-11-20T18:02:30Z"],
    ["Nov 20, 2026, 12:02:30 AM", "2026-11-20T00:02:30Z"],
    ["Nov 20, 2026 6:02:30 PM", "2026-11-20T18:02:30Z"],
    ["Nov 20, 2026, 6:02:30\u202fPM", "2026-11-20T18:02:30Z"],
    [1_795_158_030.5, "2026-11-20T07:00:30.500Z"],
    [1_795_158_030_500, "2026-11-20T07:00:30.500Z"],
    ["1795158030.5", "2026-11-20T07:00:30.500Z"],
    ["1.7951580305E9", "2026-11-20T07:00:30.500Z"],
    ["Fri Nov 20 16:55:38.411 UTC 2026", "2026-11-20T16:55:38.411Z"],
  ])("takes the time %s, as the API and the events write it", (firstObservedAt, at) => {
    expect(firstOf(inspector2.read(list({ ...INSPECTOR_FINDING, firstObservedAt }))).firstSeenAt).toBe(parseInstant(at));
  });

  test("takes no time that is none", () => {
    for (const firstObservedAt of ["Foo 20, 2026, 6:02:30 PM", "soon", -1, 1e300, null, "2026", "20261120", "1E99"])
      expect(firstOf(inspector2.read(list({ ...INSPECTOR_FINDING, firstObservedAt }))).firstSeenAt).toBeUndefined();
  });

  test("keeps what is suppressed, with who did it", () => {
    expect(firstOf(inspector2.read(list({ ...INSPECTOR_FINDING, status: "SUPPRESSED" }))).status).toEqual({
      kind: "suppressed",
      by: "inspector",
    });
  });

  test("leaves out what is closed, or no vulnerability of a package, and says so", () => {
    const read = inspector2.read(
      list(INSPECTOR_FINDING, { ...INSPECTOR_FINDING, status: "CLOSED" }, { ...INSPECTOR_FINDING, type: "CODE_VULNERABILITY" }),
    );
    expect(findingsOf(read)).toHaveLength(1);
    expect(read).toMatchObject({ notes: [expect.stringContaining("closed"), expect.stringContaining("no vulnerability")] });
  });

  test("names a vulnerability without an id after its finding, and does not lose it", () => {
    const { findingArn: arn, title } = INSPECTOR_FINDING;
    expect(firstOf(inspector2.read(withDetails({ vulnerabilityId: "" }))).id).toBe(arn);
    expect(firstOf(inspector2.read(withDetails({ vulnerabilityId: "" }, { findingArn: "" }))).id).toBe(title);
    expect(firstOf(inspector2.read(list({ ...INSPECTOR_FINDING, packageVulnerabilityDetails: null })))).toMatchObject({ id: arn });
  });

  test("is no report where one that nothing names may be graver than all that count", () => {
    const nameless = { ...INSPECTOR_FINDING, severity: "MEDIUM", findingArn: "", title: "", packageVulnerabilityDetails: null };
    expect(inspector2.read(list(INSPECTOR_FINDING, nameless))).toMatchObject({ kind: "report", notes: [expect.any(String)] });
    expect(inspector2.read(list({ ...INSPECTOR_FINDING, status: "SUPPRESSED" }, nameless)).kind).toBe("malformed");
  });

  test("takes for a vulnerability of a package what tells of one under a type that nobody knows", () => {
    expect(findingsOf(inspector2.read(list({ ...INSPECTOR_FINDING, type: "A_TYPE_OF_TOMORROW" })))).toHaveLength(1);
  });

  test("keeps scores, other names and images beside entries that are none", () => {
    const more = {
      cvss: [null, { baseScore: 7.5, version: "3.1", source: "NVD" }],
      relatedVulnerabilities: [null, "GHSA-aaaa-bbbb-cccc"],
    };
    const read = inspector2.read(withDetails(more, { resources: [null, ...INSPECTOR_FINDING.resources] }));
    expect(firstOf(read)).toMatchObject({ score: 7.5, aliases: ["GHSA-aaaa-bbbb-cccc"] });
    expect(read).toMatchObject({ subject: digest(1) });
  });

  test("takes EPSS that is written as text, as small as it is", () => {
    expect(firstOf(inspector2.read(list({ ...INSPECTOR_FINDING, epss: { score: "4.5E-4" } }))).exploit).toEqual({ probability: 0.000_45 });
  });

  test("gives EPSS, base scores before Inspector's own, and no exploit where one is only published", () => {
    const entry = {
      epss: { score: 0.25 },
      exploitAvailable: "YES",
      inspectorScoreDetails: {
        adjustedCvss: { score: 9.1, version: "3.1", scoringVector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N" },
      },
    };
    const finding = firstOf(inspector2.read(withDetails({ cvss: [{ baseScore: 7.5, version: "3.1", source: "NVD" }] }, entry)));
    expect(finding.exploit).toEqual({ probability: 0.25 });
    expect(finding.cvss?.map(({ source, score }) => [source, score])).toEqual([
      ["nvd", 7.5],
      ["inspector", 9.1],
    ]);
    expect(finding.score).toBe(7.5);
  });

  test.each([
    ["GHSA-aaaa-bbbb-cccc", ["CVE-2026-7"], ["CVE-2026-7"]],
    ["CVE-2026-1", ["CVE-2026-7"], []],
    ["CVE-2026-1", ["GHSA-aaaa-bbbb-cccc"], ["GHSA-aaaa-bbbb-cccc"]],
    ["GHSA-aaaa-bbbb-cccc", ["CVE-2026-7", "CVE-2026-8"], []],
    ["ALAS2-2026-1", ["CVE-2026-7"], []],
  ])("takes for %s of the related %j the names %j", (vulnerabilityId, relatedVulnerabilities, aliases) => {
    expect(firstOf(inspector2.read(withDetails({ vulnerabilityId, relatedVulnerabilities }))).aliases).toEqual(aliases);
  });
});

describe("a list of Inspector2's findings is not clean", () => {
  test.each([
    ["because it is empty", list(), "unsupported"],
    ["because all is closed: Inspector closes what it stops to look at", list({ ...INSPECTOR_FINDING, status: "CLOSED" }), "unsupported"],
    ["because only code was looked at", list({ ...INSPECTOR_FINDING, type: "CODE_VULNERABILITY" }), "unsupported"],
    ["because it is one page of several", { ...list(INSPECTOR_FINDING), nextToken: "t" }, "failed"],
    ["because what was recorded is one page of several", { data: { ...list(INSPECTOR_FINDING), nextToken: "t" } }, "failed"],
    ["because nothing names an entry", withDetails({ vulnerabilityId: "" }, { findingArn: "", title: "" }), "malformed"],
    ["because it is no list", { findings: { a: 1 } }, "malformed"],
  ])("%s", (_, document, kind) => {
    expect(inspector2.read(document).kind).toBe(kind);
  });
});

describe("one finding of Inspector2", () => {
  test("is read alone or in its event, and never counts as the list", () => {
    for (const document of [INSPECTOR_FINDING, { "detail-type": "Inspector2 Finding", detail: INSPECTOR_FINDING }]) {
      expect(inspector2.recognises(document)).toBe(true);
      expect(reportOf(inspector2.read(document)).scanner).not.toBe("inspector2");
    }
  });
});

describe("Inspector2's coverage", () => {
  const resource = (reason: string, statusCode = "ACTIVE", resourceType = "AWS_ECR_CONTAINER_IMAGE") => ({
    resourceType,
    resourceId: `arn:aws:ecr:r:1:repository/a/${digest(1)}`,
    scanStatus: { statusCode, reason },
  });
  const covered = (...coveredResources: readonly object[]) => inspector2Coverage.read({ coveredResources });

  test.each([
    ["SUCCESSFUL", "ACTIVE", "facts"],
    ["SUCCESSFUL", "INACTIVE", "failed"],
    ["PENDING_INITIAL_SCAN", "ACTIVE", "pending"],
    ["SCAN_IN_PROGRESS", "ACTIVE", "pending"],
    ["UNSUPPORTED_OS", "INACTIVE", "unsupported"],
    ["UNSUPPORTED_MEDIA_TYPE", "INACTIVE", "unsupported"],
    ["IMAGE_SIZE_EXCEEDED", "INACTIVE", "unsupported"],
    ["IMAGE_ARCHIVED", "INACTIVE", "unsupported"],
    ["SCAN_FREQUENCY_MANUAL", "INACTIVE", "unsupported"],
    ["SCAN_ELIGIBILITY_EXPIRED", "INACTIVE", "failed"],
    ["ACCESS_DENIED_TO_ENCRYPTION_KEY", "INACTIVE", "failed"],
    ["A_REASON_OF_TOMORROW", "ACTIVE", "failed"],
  ])("for the reason %s and the code %s is %s", (reason, code, kind) => {
    expect(covered(resource(reason, code)).kind).toBe(kind);
  });

  test("is that of the worst of several, and tells nothing where no image is among them", () => {
    expect(covered(resource("SUCCESSFUL"), resource("PENDING_INITIAL_SCAN"), resource("INTERNAL_ERROR")).kind).toBe("failed");
    expect(covered(resource("SUCCESSFUL", "ACTIVE", "AWS_EC2_INSTANCE")).kind).toBe("unsupported");
    expect(covered().kind).toBe("unsupported");
    expect(covered(resource("SUCCESSFUL", "ACTIVE", "Microsoft.ContainerRegistry/registry/containerImage")).kind).toBe("facts");
  });
});
