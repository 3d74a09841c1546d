import { describe, expect, test } from "vitest";
import { parseInstant } from "../../../shared/domain/time.ts";
import { harbor } from "../../../shared/scanners/harbor/index.ts";
import { digest } from "./given.ts";
import { findingsOf, firstOf, reportOf } from "./read.ts";
import { HARBOR_ITEM, harborJson } from "./registry-documents.ts";

const V10 = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0";
const V11 = "application/vnd.security.vulnerability.report;version=1.1";
const itemWith = (more: object) => firstOf(harbor.read(harborJson([{ ...HARBOR_ITEM, ...more }])));

describe("a vulnerability report of Harbor", () => {
  test("names its scanner, its time and the image of all of its entries", () => {
    const read = harbor.read({ [V11]: harborJson([{ ...HARBOR_ITEM, artifact_digests: [digest(1)] }]) });
    expect(reportOf(read)).toMatchObject({ scanner: "harbor with Trivy", scannedAt: parseInstant("2026-11-21T08:00:00.123Z") });
    expect(read).toMatchObject({ subject: digest(1) });
  });

  test("is read under either media type, and bare; of two the newer form counts", () => {
    for (const document of [{ [V10]: harborJson([HARBOR_ITEM]) }, { [V11]: harborJson([HARBOR_ITEM]) }, harborJson([HARBOR_ITEM])]) {
      expect(harbor.recognises(document)).toBe(true);
      expect(findingsOf(harbor.read(document))).toHaveLength(1);
    }
    expect(findingsOf(harbor.read({ [V10]: harborJson([]), [V11]: harborJson([HARBOR_ITEM]) }))).toHaveLength(1);
  });

  test.each([
    [{ fix_version: "3.0.14, 3.1.6" }, "fixed", ["3.0.14", "3.1.6"]],
    [{ fix_version: "", status: "will_not_fix" }, "wont-fix", []],
    [{ fix_version: "", status: "affected" }, "not-fixed", []],
    [{ fix_version: "" }, "not-fixed", []],
    [{ fix_version: undefined }, "unknown", []],
  ])("with %j tells the fix %s", (more, state, versions) => {
    expect(itemWith(more).fix).toEqual({ state, versions });
  });

  test.each([
    ["Negligible", "negligible"],
    ["Unknown", "unknown"],
    ["", "unknown"],
    ["Critical", "critical"],
  ])("with the severity %j is %s", (severity, expected) => {
    expect(itemWith({ severity }).severity).toBe(expected);
  });

  test("keeps the scores of each vendor, also those that are text, and none for what is not rated", () => {
    const scored = itemWith({
      preferred_cvss: { score_v3: "7.8", score_v2: null, vector_v3: "", vector_v2: "" },
      vendor_attributes: {
        CVSS: { nvd: { V3Score: 9.8, V3Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }, redhat: { V3Score: 5.8 } },
      },
    });
    expect(scored.cvss?.map(({ source, version, score }) => [source, version, score])).toEqual([
      ["preferred", "3.1", 7.8],
      ["nvd", "3.1", 9.8],
      ["redhat", "3.1", 5.8],
    ]);
    expect(itemWith({ preferred_cvss: { score_v3: 0, score_v2: 0, vector_v3: "", vector_v2: "" } }).score).toBeUndefined();
  });

  test("is clean where it lists nothing, says when it was made, and no severity speaks against it", () => {
    for (const severity of ["None", "Unknown", ""]) {
      for (const vulnerabilities of [[], null]) expect(findingsOf(harbor.read(harborJson(vulnerabilities, { severity })))).toEqual([]);
    }
  });

  test.each([
    ["a severity that nothing explains", harborJson(null, { severity: "High" }), "failed"],
    ["no time", harborJson([], { generated_at: "0001-01-01T00:00:00Z" }), "failed"],
    ["no list at all", { generated_at: "2026-11-21T08:00:00Z", scanner: { name: "Trivy" }, severity: "None" }, "malformed"],
    ["entries without an id", harborJson([{ package: "openssl" }]), "malformed"],
    ["a list that is none", harborJson(null, { vulnerabilities: {} }), "malformed"],
    ["nothing at all", {}, "malformed"],
  ])("is not clean with %s", (_, document, kind) => {
    expect(harbor.read(document).kind).toBe(kind);
  });

  test.each([
    ["Success", "unsupported"],
    ["Error", "failed"],
    ["Stopped", "failed"],
    ["Pending", "pending"],
    ["Running", "pending"],
    ["Scheduled", "pending"],
  ])("is not what an overview is: %s tells the state and no findings", (scan_status, kind) => {
    expect(harbor.read({ [V11]: { scan_status, severity: "", summary: null } }).kind).toBe(kind);
  });
});
