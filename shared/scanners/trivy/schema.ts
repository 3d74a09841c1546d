import * as z from "zod";
import { isObject, listOf, loose, number, text } from "../../runtime/lenient.ts";

export const TRIVY_VULNERABILITY = z.object({
  VulnerabilityID: text,
  VendorIDs: loose(z.array(z.string())),
  PkgName: text,
  PkgPath: text,
  SrcName: text,
  Layer: loose(z.object({ Digest: text, DiffID: text })),
  PkgIdentifier: loose(z.object({ PURL: text })),
  InstalledVersion: text,
  FixedVersion: text,
  Status: text,
  Severity: text,
  SeveritySource: text,
  VendorSeverity: loose(z.record(z.string(), z.union([z.number(), z.string()]))),
  CVSS: loose(z.record(z.string(), z.looseObject({}))),
  Title: text,
  PublishedDate: text,
});
export type TrivyVulnerability = z.output<typeof TRIVY_VULNERABILITY>;

// `Match` and `Code` quote the secret: they are not read.
const SECRET = z.object({ RuleID: text, Title: text, Severity: text, StartLine: number });
const MISCONFIGURATION = z.object({
  ID: text,
  AVDID: text,
  Title: text,
  Severity: text,
  Status: text,
  CauseMetadata: loose(z.object({ StartLine: number })),
});
const LICENCE = z.object({ Name: text, Severity: text, Category: text, PkgName: text, FilePath: text });
export type TrivySecret = z.output<typeof SECRET>;
export type TrivyMisconfiguration = z.output<typeof MISCONFIGURATION>;
export type TrivyLicence = z.output<typeof LICENCE>;

const MODIFIED = z.object({ Type: text, Status: text, Statement: text, Source: text, Finding: loose(TRIVY_VULNERABILITY) });
export type TrivyModified = z.output<typeof MODIFIED>;

const RESULT = z.object({
  Target: text,
  Class: text,
  Type: text,
  /** Read one by one: a copy of all of them is as large as the report. */
  Vulnerabilities: listOf(z.custom<object>(isObject)),
  Misconfigurations: listOf(MISCONFIGURATION),
  Secrets: listOf(SECRET),
  Licenses: listOf(LICENCE),
  /** Findings that the scanner was told to leave out (.trivyignore, VEX). */
  ExperimentalModifiedFindings: listOf(MODIFIED),
});
export type TrivyResult = z.output<typeof RESULT>;

const OS = z.object({ Family: text, Name: text, EOSL: loose(z.boolean()) });

/** SchemaVersion 2 (Trivy 0.20 and later); earlier ones are a bare list of results. */
export const TRIVY_REPORT = z.object({
  SchemaVersion: z.literal(2),
  CreatedAt: text,
  ArtifactType: text,
  Metadata: loose(z.object({ OS: loose(OS), RepoDigests: loose(z.array(z.string())) })),
  Results: listOf(RESULT),
});
export type TrivyReport = z.output<typeof TRIVY_REPORT>;

export const TRIVY_LEGACY = z.array(RESULT);
