import { describe, expect, test } from "vitest";
import type { ContentFinding, ContentKind } from "../../../shared/domain/content-finding.ts";
import type { ReadReport } from "../../../shared/ports/findings-source.ts";
import { dockle } from "../../../shared/scanners/dockle/index.ts";
import { gitleaks } from "../../../shared/scanners/gitleaks/index.ts";
import { hadolint } from "../../../shared/scanners/hadolint/index.ts";
import { trivy } from "../../../shared/scanners/trivy/index.ts";
import { trivyOperator } from "../../../shared/scanners/trivy-operator/index.ts";
import { trivyJson, VULNERABILITY } from "./given.ts";

const VALUE = "AKIAVERYSECRET";

function contentOf(read: ReadReport): {
  readonly kind: string;
  readonly covers: readonly ContentKind[];
  readonly content: readonly ContentFinding[];
} {
  if (read.kind !== "report" && read.kind !== "content") throw new Error(JSON.stringify(read));
  expect(JSON.stringify(read)).not.toContain(VALUE);
  return { kind: read.kind, covers: read.report.covers ?? [], content: read.report.content ?? [] };
}

describe("what scanners find beside vulnerabilities", () => {
  test("Gitleaks 8 and 7: rule and place, never the secret, and no word on vulnerabilities", () => {
    const eight = { RuleID: "aws", Description: "AWS key", StartLine: 7, File: "a.env", Match: VALUE, Secret: VALUE, Message: VALUE };
    const seven = { rule: "AWS", lineNumber: 3, file: "b.yml", offender: VALUE, line: VALUE, commit: "0" };
    expect(contentOf(gitleaks.read([eight, seven]))).toEqual({
      kind: "content",
      covers: ["secret"],
      content: [
        { kind: "secret", rule: "aws", title: "AWS key", severity: "unknown", path: "a.env:7" },
        { kind: "secret", rule: "AWS", title: "AWS", severity: "unknown", path: "b.yml:3" },
      ],
    });
  });

  test("an empty list is a clean report of Gitleaks for who names it, and no format's own", () => {
    expect(gitleaks.recognises([])).toBe(false);
    expect(contentOf(gitleaks.read([]))).toEqual({ kind: "content", covers: ["secret"], content: [] });
    expect(gitleaks.read([{ hello: 1 }]).kind).toBe("malformed");
    expect(gitleaks.read(null).kind).toBe("malformed");
  });

  test("Hadolint: what is amiss in the Dockerfile, by its level", () => {
    const entry = (level: string) => ({
      code: "DL3002",
      level,
      line: 4,
      file: "Dockerfile",
      message: "Last USER should not be root",
      column: 1,
    });
    const { content, covers, kind } = contentOf(hadolint.read(["error", "warning", "info", "style", "odd"].map(entry)));
    expect([kind, covers]).toEqual(["content", ["misconfiguration"]]);
    expect(content.map(({ severity }) => severity)).toEqual(["high", "medium", "low", "negligible", "unknown"]);
    expect(content[0]).toMatchObject({ kind: "misconfiguration", rule: "DL3002", path: "Dockerfile:4" });
  });

  test("Dockle: checkpoints that failed, without their alerts, which may name a credential", () => {
    const detail = (code: string, level: string) => ({ code, title: code, level, alerts: [VALUE] });
    const details = [
      detail("CIS-DI-0001", "WARN"),
      detail("CIS-DI-0010", "FATAL"),
      detail("CIS-DI-0006", "IGNORE"),
      detail("CIS-DI-0005", "PASS"),
    ];
    const read = dockle.read({ summary: { fatal: 1, warn: 1 }, details });
    expect(contentOf(read).content.map(({ kind, rule, severity }) => [kind, rule, severity])).toEqual([
      ["misconfiguration", "CIS-DI-0001", "medium"],
      ["secret", "CIS-DI-0010", "high"],
    ]);
    expect("notes" in read && read.notes).toHaveLength(1);
  });

  test("Trivy: secrets, misconfigurations that failed and licences, beside its vulnerabilities", () => {
    const Results = [
      { Target: "a (debian 12)", Class: "os-pkgs", Type: "debian", Vulnerabilities: [VULNERABILITY] },
      {
        Target: "/app/.env",
        Class: "secret",
        Secrets: [{ RuleID: "aws", Title: "AWS", Severity: "CRITICAL", StartLine: 2, Match: VALUE, Code: { Lines: [VALUE] } }],
      },
      {
        Target: "Dockerfile",
        Class: "config",
        Misconfigurations: [
          { ID: "DS-0002", Title: "root", Severity: "HIGH", Status: "FAIL", CauseMetadata: { StartLine: 5 } },
          { ID: "DS-0001", Status: "PASS" },
        ],
      },
      {
        Target: "OS Packages",
        Class: "license",
        Licenses: [{ Name: "GPL-3.0", Severity: "HIGH", Category: "restricted", PkgName: "bash" }],
      },
    ];
    expect(contentOf(trivy.read(trivyJson([], { Results })))).toEqual({
      kind: "report",
      covers: ["secret", "misconfiguration", "licence"],
      content: [
        { kind: "secret", rule: "aws", title: "AWS", severity: "critical", path: "/app/.env:2" },
        { kind: "misconfiguration", rule: "DS-0002", title: "root", severity: "high", path: "Dockerfile:5" },
        { kind: "licence", rule: "GPL-3.0", title: "restricted licence", severity: "high", package: { name: "bash", version: "" } },
      ],
    });
  });

  test("Trivy: does not claim to have looked for secrets where it wrote no result on them", () => {
    expect(contentOf(trivy.read(trivyJson([VULNERABILITY]))).covers).toEqual([]);
  });

  test("Trivy: what it was told to leave out is kept with who says so", () => {
    const left = { Type: "vulnerability", Status: "not_affected", Statement: "why", Source: "vex.json", Finding: VULNERABILITY };
    const Results = [
      {
        Target: "a",
        Class: "os-pkgs",
        Type: "debian",
        Vulnerabilities: [],
        ExperimentalModifiedFindings: [left, { ...left, Status: "ignored" }],
      },
    ];
    expect(trivy.read(trivyJson([], { Results }))).toMatchObject({
      report: { findings: [{ status: { kind: "not-affected", by: "trivy", why: "vex.json: why" } }, { status: { kind: "suppressed" } }] },
    });
  });

  test("Trivy Operator: exposed secrets by rule and file", () => {
    const report = {
      artifact: { digest: "" },
      secrets: [{ ruleID: "aws", title: "AWS", severity: "HIGH", target: "a.env", match: VALUE }],
    };
    const item = { apiVersion: "aquasecurity.github.io/v1alpha1", kind: "ExposedSecretReport", report };
    expect(contentOf(trivyOperator.read(item))).toMatchObject({
      kind: "content",
      covers: ["secret"],
      content: [{ rule: "aws", path: "a.env" }],
    });
  });
});
