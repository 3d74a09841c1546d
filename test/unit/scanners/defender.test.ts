import { describe, expect, test } from "vitest";
import { parseInstant } from "../../../shared/domain/time.ts";
import { acrQuarantine } from "../../../shared/scanners/acr-quarantine/index.ts";
import { defender } from "../../../shared/scanners/defender/index.ts";
import { digest } from "./given.ts";
import { findingsOf, firstOf, reportOf } from "./read.ts";
import { SUB_ASSESSMENT } from "./registry-documents.ts";

const PROPERTIES = SUB_ASSESSMENT.properties;
const ADDITIONAL = PROPERTIES.additionalData;
const row = (properties: object) => ({ ...SUB_ASSESSMENT, properties: { ...PROPERTIES, ...properties } });
const withSoftware = (more: object) =>
  row({ additionalData: { ...ADDITIONAL, softwareDetails: { ...ADDITIONAL.softwareDetails, ...more } } });

describe("sub-assessments of Defender for Containers", () => {
  test("are read with package, scores, and times without a zone as UTC", () => {
    const read = defender.read([SUB_ASSESSMENT]);
    expect(reportOf(read).scannedAt).toBe(parseInstant("2026-11-21T08:00:00.123Z"));
    expect(read).toMatchObject({ subject: digest(1) });
    expect(firstOf(read)).toMatchObject({
      id: "CVE-2026-1",
      severity: "high",
      score: 7.5,
      package: { name: "openssl", version: "3.0.11", type: "os" },
      publishedAt: parseInstant("2026-11-01T00:00:00Z"),
    });
    expect(firstOf(read).exploit).toBeUndefined();
  });

  test("are known in the API's list, in Resource Graph's rows, as a bare list and alone", () => {
    for (const document of [{ value: [SUB_ASSESSMENT] }, { data: [SUB_ASSESSMENT], totalRecords: 1 }, [SUB_ASSESSMENT], SUB_ASSESSMENT]) {
      expect(defender.recognises(document)).toBe(true);
      expect(findingsOf(defender.read(document))).toHaveLength(1);
    }
  });

  test.each([
    ["FixAvailable", "3.0.14", "fixed", ["3.0.14"]],
    ["FixAvailable", "", "unknown", []],
    ["NoFixAvailable", "", "not-fixed", []],
    ["WillNotFix", "", "wont-fix", []],
    [undefined, "", "unknown", []],
  ])("with the status %s and the version %j tell the fix %s", (fixStatus, fixedVersion, state, versions) => {
    expect(firstOf(defender.read([withSoftware({ fixStatus, fixedVersion })])).fix).toEqual({ state, versions });
  });

  test("tell since when there is a fix", () => {
    const read = defender.read([withSoftware({ fixReference: { id: "1", releaseDate: "2026-11-10T00:00:00" } })]);
    expect(firstOf(read).fix.availableAt).toBe(parseInstant("2026-11-10T00:00:00Z"));
  });

  test.each([
    [{ code: "Healthy" }, "not-affected"],
    [{ code: "NotApplicable", cause: "Exempt" }, "suppressed"],
    [{ code: "Unhealthy" }, undefined],
    [{ code: "whatever" }, undefined],
  ])("that do not count for Defender stay, with why: %j", (status, kind) => {
    expect(firstOf(defender.read([row({ status: { ...status, severity: "High" } })])).status?.kind).toBe(kind);
  });

  test("of the older shape have one finding for each CVE, and the entry's own number where there is none", () => {
    const older = (cve: readonly object[]) =>
      row({
        id: "370361",
        additionalData: { assessedResourceType: "ContainerRegistryVulnerability", cve, cvss: { "3.0": { base: 9.8 } }, patchable: true },
      });
    expect(findingsOf(defender.read([older([{ title: "CVE-2026-1001" }, { title: "CVE-2026-1002" }])])).map(({ id }) => id)).toEqual([
      "CVE-2026-1001",
      "CVE-2026-1002",
    ]);
    expect(firstOf(defender.read([older([])]))).toMatchObject({ id: "370361", score: 9.8, fix: { state: "fixed", versions: [] } });
  });

  test.each([
    ["nothing", { value: [] }, "unsupported"],
    ["servers only", [row({ additionalData: { assessedResourceType: "ServerVulnerability" } })], "unsupported"],
    ["one page of several", { value: [SUB_ASSESSMENT], nextLink: "https://management.azure.example/next" }, "failed"],
    ["rows that were cut", { data: [SUB_ASSESSMENT], $skipToken: "t" }, "failed"],
    ["rows without an id", [row({ id: "", additionalData: { ...ADDITIONAL, vulnerabilityDetails: {} } })], "malformed"],
    ["rows that are none", { value: ["x"] }, "malformed"],
  ])("are not clean with %s", (_, document, kind) => {
    expect(defender.read(document).kind).toBe(kind);
  });
});

describe("quarantine details of Azure Container Registry", () => {
  test("count and name nothing, so no count of theirs makes an image clean", () => {
    const details = (count: number) => ({ scanner: "scanner", state: "Scan Passed", result: { summary: [{ severity: "High", count }] } });
    expect(acrQuarantine.recognises(details(0))).toBe(true);
    expect(acrQuarantine.read(details(0)).kind).toBe("unsupported");
    expect(acrQuarantine.read(details(2))).toEqual({ kind: "unsupported", why: expect.stringContaining("2 High") });
  });
});
