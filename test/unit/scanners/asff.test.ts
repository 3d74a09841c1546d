import { describe, expect, test } from "vitest";
import { asff } from "../../../shared/scanners/aws/index.ts";
import { digest } from "./given.ts";
import { findingsOf, firstOf } from "./read.ts";
import { ASFF_FINDING } from "./registry-documents.ts";

const list = (...Findings: readonly object[]) => ({ Findings });
const one = (more: object) => firstOf(asff.read(list({ ...ASFF_FINDING, ...more })));

describe("findings of Security Hub", () => {
  test("are read with version, fix, scores and who says what", () => {
    expect(one({})).toMatchObject({
      id: "CVE-2026-1",
      severity: "high",
      severities: [
        { source: "inspector", raw: "HIGH", severity: "high" },
        { source: "redhat", raw: "Important", severity: "high" },
      ],
      score: 7.5,
      package: { name: "openssl", version: "1:3.0.7-24.el9" },
      fix: { state: "fixed", versions: ["1:3.0.7-25.el9"] },
      exploit: { probability: 0.25 },
    });
  });

  test("are known in the answer, a recorded answer, the event, its detail, a bare list and alone", () => {
    const event = { "detail-type": "Security Hub Findings - Imported", detail: { findings: [ASFF_FINDING] } };
    for (const document of [list(ASFF_FINDING), { data: list(ASFF_FINDING) }, event, event.detail, [ASFF_FINDING], ASFF_FINDING]) {
      expect(asff.recognises(document)).toBe(true);
      expect(findingsOf(asff.read(document))).toHaveLength(1);
    }
  });

  test.each([
    [{ Label: "INFORMATIONAL" }, "negligible"],
    [{ Normalized: 70 }, "high"],
    [{ Normalized: 0 }, "negligible"],
    [{ Label: "INFORMATIONAL", Original: "UNTRIAGED" }, "unknown"],
    [{ Normalized: 0, Original: "UNTRIAGED" }, "unknown"],
    [{ Label: "HIGH", Original: "UNTRIAGED" }, "high"],
    [{ Label: "WHATEVER", Normalized: 90 }, "unknown"],
    [{}, "unknown"],
  ])("of severity %j are %s", (Severity, severity) => {
    expect(one({ Severity }).severity).toBe(severity);
  });

  test.each([
    ["theirs alone", { Severity: undefined }, { Label: "CRITICAL" }, "CRITICAL", "critical"],
    ["a number alone", { Severity: {} }, { Normalized: 70 }, "70", "high"],
    ["both, and counts as it was changed", {}, { Label: "LOW" }, "HIGH", "high"],
    [
      "INFORMATIONAL, and was rated by nobody",
      { Severity: { Label: "INFORMATIONAL" } },
      { Original: "UNTRIAGED" },
      "INFORMATIONAL",
      "unknown",
    ],
  ])("have the severity that who found them gave: %s", (_, more, Severity, raw, severity) => {
    const finding = one({ ...more, FindingProviderFields: { Severity } });
    expect([finding.severity, finding.severities[0]]).toEqual([severity, { source: "inspector", raw, severity }]);
  });

  test("of Trivy, which has no such word, are INFORMATIONAL where nobody has rated them", () => {
    const Severity = { Label: "INFORMATIONAL" };
    expect(one({ Severity, ProductFields: { "Product Name": "Trivy" } }).severity).toBe("unknown");
  });

  test("of a vulnerability are those that only who found them calls so", () => {
    const FindingProviderFields = { Types: ["Software and Configuration Checks/Vulnerabilities/CVE"] };
    expect(one({ Types: undefined, Vulnerabilities: undefined, FindingProviderFields })).toMatchObject({
      id: "finding/1",
      severity: "high",
    });
  });

  test.each([
    [{ RecordState: "ARCHIVED" }, "record state ARCHIVED"],
    [{ Workflow: { Status: "SUPPRESSED" } }, "workflow status SUPPRESSED"],
    [{ Workflow: { Status: "RESOLVED" } }, "workflow status RESOLVED"],
  ])("that somebody put away stay, with the reason: %j", (more, why) => {
    expect(one(more).status).toEqual({ kind: "suppressed", by: "security hub", why });
  });

  test("name a vulnerability without an id after the finding, and keep its scores, other names and image beside entries that are none", () => {
    const [vulnerability] = ASFF_FINDING.Vulnerabilities;
    const Vulnerabilities = [
      { ...vulnerability, Id: null, Cvss: [null, { Version: "3.1", BaseScore: 7.5 }] },
      { ...vulnerability, RelatedVulnerabilities: [null, "GHSA-aaaa-bbbb-cccc"] },
    ];
    const read = asff.read(list({ ...ASFF_FINDING, Vulnerabilities, Resources: [null, ...ASFF_FINDING.Resources] }));
    expect(findingsOf(read)).toMatchObject([
      { id: ASFF_FINDING.Id, score: 7.5 },
      { id: "CVE-2026-1", aliases: ["GHSA-aaaa-bbbb-cccc"] },
    ]);
    expect(read).toMatchObject({ subject: digest(1) });
  });

  test.each([[undefined], [null], [[]]])("of a vulnerability that they do not list (%j) count beside those that do", (Vulnerabilities) => {
    const Types = ["Software and Configuration Checks/Vulnerabilities/CVE"];
    const untold = { ...ASFF_FINDING, Id: "arn:of:the:finding", Types, Severity: { Label: "CRITICAL" }, Vulnerabilities };
    const read = asff.read(list(ASFF_FINDING, untold));
    expect(findingsOf(read)).toMatchObject([
      { id: "CVE-2026-1" },
      { id: "arn:of:the:finding", severity: "critical", package: { name: "" }, fix: { state: "unknown", versions: [] } },
    ]);
    expect(read).not.toHaveProperty("notes");
  });

  test.each([
    ["its title", "arn:of:the:finding", "CVE-2026-7777 - libssl", "CVE-2026-7777"],
    ["its id", "registry/shop/CVE-2026-7777", "found in libssl", "CVE-2026-7777"],
    ["both", "registry/shop/CVE-2026-7777", "CVE-2026-7777 was found", "CVE-2026-7777"],
    ["neither, for they name two", "registry/shop/CVE-2026-7777", "CVE-2026-8888 was found", "registry/shop/CVE-2026-7777"],
  ])("of a vulnerability that they do not list go by the one that %s names", (_, Id, Title, id) => {
    const Types = ["Software and Configuration Checks/Vulnerabilities/CVE"];
    expect(findingsOf(asff.read(list({ ...ASFF_FINDING, Id, Title, Types, Vulnerabilities: [] })))).toMatchObject([{ id }]);
  });

  test("that Inspector closed are left out, and are no clean image when nothing else is there", () => {
    const closed = { ...ASFF_FINDING, ProductFields: { "aws/inspector/FindingStatus": "CLOSED" }, RecordState: "ARCHIVED" };
    const read = asff.read(list(ASFF_FINDING, closed));
    expect(findingsOf(read)).toHaveLength(1);
    expect(read).toMatchObject({ notes: [expect.stringContaining("closed")] });
    expect(asff.read(list(closed)).kind).toBe("unsupported");
  });

  test.each([
    ["nothing", list(), "unsupported"],
    ["what is no vulnerability", list({ ...ASFF_FINDING, Vulnerabilities: undefined }), "unsupported"],
    ["one page of several", { ...list(ASFF_FINDING), NextToken: "t" }, "failed"],
    ["one page of several, recorded", { data: { ...list(ASFF_FINDING), NextToken: "t" } }, "failed"],
    ["vulnerabilities that nothing names", list({ ...ASFF_FINDING, Id: "", Title: "", Vulnerabilities: [{}] }), "malformed"],
  ])("are not clean with %s", (_, document, kind) => {
    expect(asff.read(document).kind).toBe(kind);
  });
});

describe("a vulnerability that Trivy tells beside the format, for its finding lists none", () => {
  const other = {
    "CVE ID": "GHSA-aaaa-bbbb-cccc",
    PkgName: "libssl1.1",
    "Installed Package": "1.1.1c-r0",
    "Patched Package": "1.1.1d-r0, 1.1.2-r0",
    NvdCvssScoreV3: "5.3",
    NvdCvssVectorV3: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
    NvdCvssScoreV2: "0",
    NvdCvssVectorV2: "",
  };
  const told = (Other: object) =>
    one({
      Types: ["Software and Configuration Checks/Vulnerabilities/CVE"],
      Vulnerabilities: undefined,
      Resources: [null, { Type: "Container", Id: "shop/api", Details: { Container: { ImageName: "shop/api" }, Other } }],
    });

  test("has its id, package, fixes and scores", () => {
    expect(told(other)).toMatchObject({
      id: "GHSA-aaaa-bbbb-cccc",
      package: { name: "libssl1.1", version: "1.1.1c-r0" },
      fix: { state: "fixed", versions: ["1.1.1d-r0", "1.1.2-r0"] },
      score: 5.3,
      cvss: [{ source: "nvd", version: "3.1", score: 5.3 }],
    });
  });

  test.each([
    [{ "Patched Package": "" }, "libssl1.1", "1.1.1c-r0", "unknown", []],
    [{ PkgName: "", "Installed Package": "perl 5.28.1-6" }, "perl", "5.28.1-6", "fixed", ["1.1.1d-r0", "1.1.2-r0"]],
    [{ PkgName: "", "Installed Package": "perl 5.28.1-6", "Patched Package": "perl 5.30" }, "perl", "5.28.1-6", "fixed", ["5.30"]],
    [{ PkgName: "", "Installed Package": "perl 5.28.1-6", "Patched Package": "perl " }, "perl", "5.28.1-6", "unknown", []],
    [{ PkgName: "", "Installed Package": "perl 5.28.1-6", "Patched Package": "perl unknown" }, "perl", "5.28.1-6", "unknown", []],
    [{ PkgName: "", "Installed Package": "5.28.1-6" }, "", "5.28.1-6", "fixed", ["1.1.1d-r0", "1.1.2-r0"]],
    [{ PkgName: null, "Installed Package": 7, "Patched Package": null }, "", "", "unknown", []],
  ])("with %j is of package %s %s, and its fix is %s: %j", (more, name, version, state, versions) => {
    expect(told({ ...other, ...more })).toMatchObject({ package: { name, version }, fix: { state, versions } });
  });

  test("goes by what its finding's names tell where it has no id there", () => {
    expect(told({ ...other, "CVE ID": "" })).toMatchObject({ id: "finding/1", package: { name: "" } });
  });
});
