import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../../shared/domain/finding.ts";
import { parseInstant } from "../../../shared/domain/time.ts";
import type { ReadReport } from "../../../shared/ports/findings-source.ts";
import { trivy } from "../../../shared/scanners/trivy/index.ts";
import { digest, trivyJson, VULNERABILITY } from "./given.ts";

function findingsOf(read: ReadReport): readonly Finding[] {
  if (read.kind !== "report") throw new Error(JSON.stringify(read));
  return read.report.findings;
}

function findingWith(more: object): Finding | undefined {
  return findingsOf(trivy.read(trivyJson([{ ...VULNERABILITY, ...more }])))[0];
}

describe("a Trivy report", () => {
  test("is read with its time, and does not say how old the vulnerability data is", () => {
    expect(trivy.read(trivyJson([VULNERABILITY]))).toMatchObject({
      kind: "report",
      report: { scanner: "trivy", scannedAt: parseInstant("2026-11-21T11:00:00.123Z"), databaseAt: "unknown" },
    });
  });

  test("gives each vulnerability with its package, severity and fix", () => {
    expect(findingWith({})).toEqual({
      id: "CVE-2026-1",
      aliases: [],
      severity: "high",
      severities: [{ source: "debian", raw: "HIGH", severity: "high" }],
      package: { name: "openssl", version: "3.0.11", type: "debian" },
      fix: { state: "fixed", versions: ["3.0.14"] },
    });
  });

  test("keeps what other sources say of the severity, and counts Trivy's own choice", () => {
    const finding = findingWith({ VendorSeverity: { nvd: 4, redhat: 1, odd: "whatever" } });
    expect(finding?.severity).toBe("high");
    expect(finding?.severities.map(({ source, severity }) => [source, severity])).toEqual([
      ["debian", "high"],
      ["nvd", "critical"],
      ["redhat", "low"],
      ["odd", "unknown"],
    ]);
  });

  test.each([[undefined], [null], ["UNKNOWN"], ["whatever"], [4]])("takes the severity %j for unknown, never for low", (Severity) => {
    expect(findingWith({ Severity })?.severity).toBe("unknown");
  });

  test("gives the highest score of any source and version of CVSS", () => {
    expect(findingWith({ CVSS: { nvd: { V2Score: 5, V3Score: 9.8 }, ghsa: { V40Score: 7.1 }, odd: { V3Score: 99 } } })?.score).toBe(9.8);
  });

  test.each([
    ["fixed", "1.2, 2.0", "fixed", ["1.2", "2.0"]],
    ["affected", "", "not-fixed", []],
    ["affected", "1.2", "fixed", ["1.2"]],
    ["will_not_fix", undefined, "wont-fix", []],
    ["fix_deferred", "", "deferred", []],
    ["end_of_life", "", "end-of-life", []],
    ["under_investigation", "", "unknown", []],
    [undefined, "1.2", "fixed", ["1.2"]],
    [undefined, undefined, "unknown", []],
    ["fixed", "", "fixed", []],
  ])("of status %s and fixed version %j tells the fix %s", (Status, FixedVersion, state, versions) => {
    expect(findingWith({ Status, FixedVersion })?.fix).toEqual({ state, versions });
  });

  test("takes other names of the vulnerability for aliases, and no advisory that bundles many", () => {
    expect(findingWith({ VendorIDs: ["GHSA-aaaa-bbbb-cccc", "DSA-1234-1", "RHSA-2026:1", "CVE-2026-1"] })?.aliases).toEqual([
      "GHSA-aaaa-bbbb-cccc",
    ]);
  });

  test("names the image that it is about only where it names exactly one digest", () => {
    const subject = (...RepoDigests: readonly string[]) => {
      const read = trivy.read(trivyJson([], { Metadata: { RepoDigests } }));
      return read.kind === "report" ? read.subject : read.kind;
    };
    expect(subject(`a/b@${digest(1)}`, `c/d@${digest(1)}`)).toBe(digest(1));
    expect(subject(`a/b@${digest(1)}`, `a/b@${digest(2)}`)).toBeUndefined();
    expect(subject("", "a/b@sha256:short")).toBeUndefined();
  });

  test("says how many findings the scanner itself left out, and does not count them", () => {
    const Results = [{ Class: "os-pkgs", Type: "debian", Vulnerabilities: [VULNERABILITY], ExperimentalModifiedFindings: [{}, {}] }];
    const read = trivy.read(trivyJson([], { Results }));
    expect(findingsOf(read)).toHaveLength(1);
    expect(read).toMatchObject({ notes: [expect.stringContaining("2")] });
  });

  test("leaves out an entry without an id and says so; nothing but such entries is no report", () => {
    const nameless = { PkgName: "zlib" };
    const read = trivy.read(trivyJson([VULNERABILITY, nameless]));
    expect(findingsOf(read)).toHaveLength(1);
    expect(read).toMatchObject({ notes: [expect.any(String)] });
    expect(trivy.read(trivyJson([nameless])).kind).toBe("malformed");
  });

  test("of a time that is no time is of unknown age", () => {
    for (const CreatedAt of ["0001-01-01T00:00:00Z", "yesterday", 12, undefined])
      expect(trivy.read(trivyJson([], { CreatedAt }))).toMatchObject({ report: { scannedAt: "unknown" } });
  });
});

describe("clean, and not scanned", () => {
  test("are different: a package result without vulnerabilities is clean", () => {
    for (const Vulnerabilities of [[], null, undefined]) {
      expect(
        findingsOf(trivy.read(trivyJson([], { Results: [{ Target: "t", Class: "os-pkgs", Type: "alpine", Vulnerabilities }] }))),
      ).toEqual([]);
    }
  });

  test.each([
    ["no results and no operating system", { Results: undefined, Metadata: {} }],
    ["no results though an operating system was seen", { Results: undefined }],
    ["results that are null", { Results: null, Metadata: null }],
    ["an empty list of results", { Results: [] }],
    [
      "misconfigurations only",
      { Results: [{ Target: "Dockerfile", Class: "config", Type: "dockerfile", Misconfigurations: [{ ID: "DS-0002" }] }] },
    ],
    ["secrets only", { Results: [{ Target: "/app/.env", Class: "secret", Secrets: [{ RuleID: "x" }] }] }],
    ["licences only", { Results: [{ Target: "OS Packages", Class: "license", Licenses: [{ Name: "MIT" }] }] }],
  ])("are different: %s cannot be judged", (_, more) => {
    expect(trivy.read(trivyJson([], more)).kind).not.toBe("report");
  });

  test("are different in the older form: null and an empty list say nothing, a target without vulnerabilities is clean", () => {
    expect(trivy.read(null)).toEqual({ kind: "malformed", why: expect.stringContaining("null") });
    expect(trivy.recognises(null)).toBe(false);
    for (const empty of [[], [{}], [{ Target: "alpine" }]]) expect(trivy.read(empty).kind).toBe("unsupported");
    expect(findingsOf(trivy.read([{ Target: "alpine", Type: "alpine", Vulnerabilities: null }]))).toEqual([]);
  });
});

describe("what is no Trivy report", () => {
  test.each([
    ["another version of the schema", trivyJson([], { SchemaVersion: 3 })],
    ["results that are no list", trivyJson([], { Results: { a: 1 } })],
    ["vulnerabilities that are no list", trivyJson([], { Results: [{ Class: "os-pkgs", Vulnerabilities: { a: 1 } }] })],
    ["vulnerabilities that are no objects", trivyJson([], { Results: [{ Class: "os-pkgs", Vulnerabilities: ["CVE-1"] }] })],
    ["a number", 1],
    ["text", "SchemaVersion"],
    ["a list of numbers", [1]],
  ])("is refused: %s", (_, document) => {
    expect(trivy.read(document).kind).toBe("malformed");
  });

  test("is never taken for a clean report, and never fails otherwise", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (document) => {
        const read = trivy.read(document);
        expect(read.kind === "report" && read.report.findings.length === 0).toBe(false);
      }),
    );
  });

  test("is not recognised where another scanner wrote it", () => {
    for (const document of [{ matches: [], source: {} }, { version: "2.1.0", runs: [] }, { bomFormat: "CycloneDX" }, [], ["a"], 1, "x"])
      expect(trivy.recognises(document)).toBe(false);
    expect(trivy.recognises(trivyJson([]))).toBe(true);
    expect(trivy.recognises([{ Target: "alpine", Vulnerabilities: null }])).toBe(true);
  });
});
