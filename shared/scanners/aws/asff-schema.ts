import * as z from "zod";
import { listOf, loose, many, numeric, text } from "../../runtime/lenient.ts";

const PACKAGE = z.object({
  Name: text,
  Version: text,
  Epoch: numeric,
  Release: text,
  PackageManager: text,
  FilePath: text,
  FixedInVersion: text,
  SourceLayerHash: text,
});
export type AsffPackage = z.output<typeof PACKAGE>;
/** Stands where a vulnerability names no package. */
export const NAMELESS: AsffPackage = PACKAGE.parse({});

const VULNERABILITY = z.object({
  Id: text,
  VulnerablePackages: listOf(PACKAGE),
  Cvss: many(z.object({ Version: text, BaseScore: numeric, BaseVector: text, Source: text })),
  RelatedVulnerabilities: many(z.string()),
  Vendor: loose(z.object({ Name: text, VendorSeverity: text, VendorCreatedAt: text })),
  FixAvailable: text,
  EpssScore: numeric,
});
export type AsffVulnerability = z.output<typeof VULNERABILITY>;
/** Stands where a finding is of a vulnerability and lists none. */
export const UNTOLD: AsffVulnerability = VULNERABILITY.parse({});

// Trivy, contrib/asff.tpl, and what others write after it: what ASFF has no place for where a finding lists no vulnerability.
const OTHER = z.object({
  "CVE ID": text,
  PkgName: text,
  "Installed Package": text,
  "Patched Package": text,
  NvdCvssScoreV3: numeric,
  NvdCvssVectorV3: text,
  NvdCvssScoreV2: numeric,
  NvdCvssVectorV2: text,
});

const RESOURCE = z.object({
  Id: text,
  Details: loose(z.object({ AwsEcrContainerImage: loose(z.object({ ImageDigest: text })), Other: loose(OTHER) })),
});

const SEVERITY = loose(z.object({ Label: text, Normalized: numeric, Original: text }));
const TYPES = many(z.string());

/** Service model securityhub 2018-10-26, AwsSecurityFinding. */
export const ASFF_FINDING = z.object({
  Id: text,
  ProductName: text,
  Types: TYPES,
  Title: text,
  FirstObservedAt: text,
  LastObservedAt: text,
  UpdatedAt: text,
  Severity: SEVERITY,
  FindingProviderFields: loose(z.object({ Severity: SEVERITY, Types: TYPES })),
  ProductFields: loose(z.record(z.string(), z.unknown())),
  Workflow: loose(z.object({ Status: text })),
  RecordState: text,
  Resources: many(RESOURCE),
  Vulnerabilities: listOf(VULNERABILITY),
});
export type AsffFinding = z.output<typeof ASFF_FINDING>;
