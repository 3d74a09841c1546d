import * as z from "zod";
import { listOf, loose, many, moment, numeric, text } from "../../runtime/lenient.ts";

const PACKAGE = z.object({
  name: text,
  version: text,
  epoch: numeric,
  release: text,
  packageManager: text,
  filePath: text,
  fixedInVersion: text,
  sourceLayerHash: text,
});
export type VulnerablePackage = z.output<typeof PACKAGE>;
/** Stands where a finding names no package. */
export const NAMELESS: VulnerablePackage = PACKAGE.parse({});

const SCORE = loose(z.object({ score: numeric, scoringVector: text, version: text }));

const VULNERABILITY = z.object({
  vulnerabilityId: text,
  source: text,
  vendorSeverity: text,
  vendorCreatedAt: moment,
  cvss: many(z.object({ baseScore: numeric, scoringVector: text, version: text, source: text })),
  relatedVulnerabilities: many(z.string()),
  vulnerablePackages: listOf(PACKAGE),
});

/** Stands where a finding tells nothing of its vulnerability. */
export const UNTOLD: InspectorVulnerability = { cvss: [], relatedVulnerabilities: [] };

const RESOURCE = z.object({
  id: text,
  details: loose(z.object({ awsEcrContainerImage: loose(z.object({ imageHash: text })), image: loose(z.object({ imageDigest: text })) })),
});

/**
 * A finding of Inspector2 as ListFindings, its events and ECR's enhanced findings tell it (service models inspector2 2020-06-08, ecr
 * 2015-09-21). ECR calls the score `score`, knows no `epss`, and writes times as seconds.
 */
export const INSPECTOR_FINDING = z.object({
  findingArn: text,
  type: text,
  status: text,
  severity: text,
  title: text,
  firstObservedAt: moment,
  lastObservedAt: moment,
  fixAvailable: text,
  epss: loose(z.object({ score: numeric })),
  inspectorScoreDetails: loose(z.object({ adjustedCvss: SCORE })),
  scoreDetails: loose(z.object({ cvss: SCORE })),
  packageVulnerabilityDetails: VULNERABILITY.nullish(),
  resources: many(RESOURCE),
});
export type InspectorFinding = z.output<typeof INSPECTOR_FINDING>;
export type InspectorVulnerability = z.output<typeof VULNERABILITY>;
