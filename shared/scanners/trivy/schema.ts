import * as z from "zod";

// Vendor data: only what is used. Where findings could hide the shape has to be right; a single field that is not as expected is unknown.
const loose = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined);
const text = loose(z.string());
const listOf = <T extends z.ZodType>(item: T) => z.array(item).nullish();

const VULNERABILITY = z.object({
  VulnerabilityID: text,
  VendorIDs: loose(z.array(z.string())),
  PkgName: text,
  PkgPath: text,
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
export type TrivyVulnerability = z.output<typeof VULNERABILITY>;

const RESULT = z.object({
  Target: text,
  Class: text,
  Type: text,
  Vulnerabilities: listOf(VULNERABILITY),
  Misconfigurations: listOf(z.unknown()),
  Secrets: listOf(z.unknown()),
  Licenses: listOf(z.unknown()),
  /** Findings that the scanner was told to leave out (.trivyignore, VEX). */
  ExperimentalModifiedFindings: listOf(z.unknown()),
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
