import { describe, expect, test } from "vitest";
import { sarif } from "../../../shared/scanners/sarif/index.ts";
import { digest } from "./given.ts";

const log = (name: string, results: unknown, rules: readonly object[] = [], more: object = {}) => ({
  version: "2.1.0",
  runs: [{ tool: { driver: { name, rules } }, results, ...more }],
});
const RULE = { id: "CVE-2026-1-openssl", properties: { "security-severity": "9.1" } };

function firstOf(results: readonly object[], rules: readonly object[] = [RULE], name = "grype") {
  const read = sarif.read(log(name, results, rules));
  if (read.kind !== "report" && read.kind !== "content") throw new Error(JSON.stringify(read));
  return { finding: read.report.findings[0], content: read.report.content?.[0], kind: read.kind };
}

describe("a SARIF log", () => {
  test("gives the id in a rule's id, the severity of its number and the package of its lines", () => {
    const help = {
      text: "Vulnerability CVE-2026-1\nSeverity: high\nPackage: openssl\nVersion: 3.0.1\nFix Version: 3.0.2,3.1.0\nType: deb",
    };
    expect(firstOf([{ ruleId: RULE.id, level: "error" }], [{ ...RULE, help }]).finding).toMatchObject({
      id: "CVE-2026-1",
      severity: "critical",
      score: 9.1,
      package: { name: "openssl", version: "3.0.1", type: "deb" },
      fix: { state: "fixed", versions: ["3.0.2", "3.1.0"] },
    });
  });

  test.each([
    ["9.0", "critical"],
    ["7.0", "high"],
    ["4.0", "medium"],
    ["0.1", "low"],
    ["0.0", "unknown"],
    ["odd", "unknown"],
  ])("reads the number %s as %s", (number, severity) => {
    expect(firstOf([{ ruleId: RULE.id }], [{ ...RULE, properties: { "security-severity": number } }]).finding?.severity).toBe(severity);
  });

  test("goes by the level where there is no number, and does not guess between high and critical", () => {
    const bare = (level?: string) => firstOf([{ ruleId: "CVE-2026-1", level }], [{ id: "CVE-2026-1" }]).finding?.severity;
    expect([bare("note"), bare("warning"), bare("error"), bare(), bare("none")]).toEqual([
      "low",
      "medium",
      "unknown",
      "unknown",
      "unknown",
    ]);
  });

  test("calls an advisory also by the CVE that its words name, and by none where they name several", () => {
    const aliasesFor = (text: string) =>
      firstOf([{ ruleId: "GHSA-aaaa-bbbb-cccc" }], [{ id: "GHSA-aaaa-bbbb-cccc", fullDescription: { text } }]).finding?.aliases;
    expect(aliasesFor("CVE-2026-1000, once more CVE-2026-1000")).toEqual(["CVE-2026-1000"]);
    expect(aliasesFor("CVE-2026-1000 and CVE-2026-1001")).toEqual([]);
  });

  test("finds the rule by its place where the result names none", () => {
    expect(firstOf([{ ruleIndex: 0 }]).finding?.id).toBe("CVE-2026-1");
  });

  test("without a run, without results or of a run that failed says nothing of an image", () => {
    expect(sarif.read({ version: "2.1.0", runs: [] }).kind).toBe("failed");
    expect(sarif.read(log("grype", undefined)).kind).toBe("failed");
    expect(sarif.read(log("grype", null)).kind).toBe("failed");
    expect(sarif.read(log("grype", [], [], { invocations: [{ executionSuccessful: false }] })).kind).toBe("failed");
  });

  test("that is empty is clean only of a tool that looks for vulnerabilities", () => {
    expect(sarif.read(log("Trivy", []))).toMatchObject({ kind: "report", report: { scanner: "trivy", findings: [] } });
    expect(sarif.read(log("SomeLinter", [])).kind).toBe("unsupported");
  });

  test("of secrets alone is no report on vulnerabilities, and quotes no secret", () => {
    const secret = {
      ruleId: "aws-key",
      message: { text: "AKIASECRET" },
      locations: [{ physicalLocation: { artifactLocation: { uri: "a.env" }, region: { startLine: 3, snippet: { text: "AKIASECRET" } } } }],
    };
    const { content, kind } = firstOf([secret], [{ id: "aws-key", properties: { tags: ["secret"] } }], "Trivy-like");
    expect(content).toEqual({ kind: "secret", rule: "aws-key", title: "aws-key", severity: "unknown", path: "a.env:3" });
    expect(kind).toBe("content");
    expect(JSON.stringify(sarif.read(log("x", [secret])))).not.toContain("AKIASECRET");
  });

  test("of results without rule ids is told by the tool's name", () => {
    expect(firstOf([{ message: { text: "x" } }], [], "gitleaks").content).toMatchObject({ kind: "secret", rule: "gitleaks" });
  });

  test("keeps suppressed results with their status; a suppression under review is none", () => {
    const suppressed = (status?: string) =>
      firstOf([{ ruleId: RULE.id, suppressions: [{ kind: "external", status, justification: "why" }] }]).finding?.status;
    expect(suppressed()).toEqual({ kind: "suppressed", by: "grype", why: "why" });
    expect(suppressed("underReview")).toBeUndefined();
    expect(suppressed("rejected")).toBeUndefined();
  });

  test("names its image where the tool writes the digest", () => {
    expect(sarif.read(log("Trivy", [], [], { properties: { repoDigests: [`a@${digest(3)}`] } }))).toMatchObject({ subject: digest(3) });
  });
});
