import type { ContentFinding, ContentKind } from "../../domain/content-finding.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { short, textMember } from "../../runtime/lenient.ts";
import type { TrivyLicence, TrivyMisconfiguration, TrivyResult, TrivySecret } from "./schema.ts";

// trivy/pkg/types/report.go. A result on secrets or licences is written only where some were found.
const CLASSES: Readonly<Record<string, ContentKind>> = {
  secret: "secret",
  config: "misconfiguration",
  license: "licence",
  "license-file": "licence",
};

/** What the report says that it looked for beside vulnerabilities. */
export function coveredBy(results: readonly TrivyResult[]): readonly ContentKind[] {
  const told = results.flatMap(({ Class, Secrets, Misconfigurations, Licenses }) => [
    ...(CLASSES[Class ?? ""] === undefined ? [] : [CLASSES[Class ?? ""]]),
    ...(Secrets ? ["secret" as const] : []),
    ...(Misconfigurations ? ["misconfiguration" as const] : []),
    ...(Licenses ? ["licence" as const] : []),
  ]);
  return [...new Set(told.filter((kind) => kind !== undefined))];
}

export function readContent(result: TrivyResult): readonly ContentFinding[] {
  const target = result.Target ?? "";
  return [
    ...(result.Secrets ?? []).map((secret) => readSecret(secret, target)),
    ...(result.Misconfigurations ?? []).filter(({ Status }) => !isPassed(Status)).map((each) => readMisconfiguration(each, target)),
    ...(result.Licenses ?? []).map(readLicence),
  ];
}

// `--include-non-failures` lists what was found well and what somebody excepted, too.
function isPassed(status: string | null | undefined): boolean {
  return status === "PASS" || status === "EXCEPTION";
}

function readSecret({ RuleID, Title, Severity, StartLine }: TrivySecret, target: string): ContentFinding {
  return {
    kind: "secret",
    rule: short(RuleID, 200),
    title: short(Title || RuleID, 300),
    severity: severityFromWord(Severity ?? undefined),
    ...textMember("path", at(target, StartLine), 500),
  };
}

function readMisconfiguration(entry: TrivyMisconfiguration, target: string): ContentFinding {
  const { ID, AVDID, Title, Severity, CauseMetadata } = entry;
  return {
    kind: "misconfiguration",
    rule: short(ID || AVDID, 200),
    title: short(Title || ID || AVDID, 300),
    severity: severityFromWord(Severity ?? undefined),
    ...textMember("path", at(target, CauseMetadata?.StartLine), 500),
  };
}

function readLicence({ Name, Severity, Category, PkgName, FilePath }: TrivyLicence): ContentFinding {
  return {
    kind: "licence",
    rule: short(Name, 200),
    title: short(Category ? `${Category} licence` : "licence", 300),
    severity: severityFromWord(Severity ?? undefined),
    ...textMember("path", FilePath, 500),
    ...(PkgName ? { package: { name: short(PkgName, 300), version: "" } } : {}),
  };
}

function at(file: string, line: number | null | undefined): string {
  return file !== "" && line ? `${file}:${line}` : file;
}
