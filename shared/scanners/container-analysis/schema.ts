import * as z from "zod";
import { listOf, loose, numeric, text } from "../../runtime/lenient.ts";

const flag = loose(z.boolean());
const VERSION = loose(z.object({ kind: text, fullName: text, epoch: numeric, name: text, revision: text }));
const SCORE = loose(z.object({ baseScore: numeric }));

const PACKAGE_ISSUE = z.object({
  affectedPackage: text,
  affectedVersion: VERSION,
  fixedVersion: VERSION,
  fixAvailable: flag,
  effectiveSeverity: text,
  packageType: text,
  fileLocation: loose(z.array(z.object({ filePath: text, layerDetails: loose(z.object({ diffId: text })) }))),
});
export type PackageIssue = z.output<typeof PACKAGE_ISSUE>;
/** Stands where an occurrence names no package. */
export const NAMELESS: PackageIssue = PACKAGE_ISSUE.parse({});

const VULNERABILITY = z.object({
  shortDescription: text,
  severity: text,
  effectiveSeverity: text,
  cvssScore: numeric,
  cvssVersion: text,
  cvssV2: SCORE,
  cvssv3: SCORE,
  cvssV4: SCORE,
  fixAvailable: flag,
  packageIssue: listOf(PACKAGE_ISSUE),
  risk: loose(z.object({ epss: loose(z.object({ score: numeric, percentile: numeric })), cisaKev: loose(z.looseObject({})) })),
  vexAssessment: loose(z.object({ state: text, justification: loose(z.object({ justificationType: text, details: text })) })),
});
export type GoogleVulnerability = z.output<typeof VULNERABILITY>;

const DISCOVERY = z.object({ analysisStatus: text, continuousAnalysis: text, lastScanTime: text, lastVulnerabilityUpdateTime: text });
export type Discovery = z.output<typeof DISCOVERY>;

/** containeranalysis.googleapis.com v1, Occurrence; int64 is text. */
export const OCCURRENCE = z.object({
  name: text,
  noteName: text,
  resourceUri: text,
  createTime: text,
  updateTime: text,
  vulnerability: VULNERABILITY.nullish(),
  discovery: DISCOVERY.nullish(),
});
export type Occurrence = z.output<typeof OCCURRENCE>;

/** A page of ListOccurrences. */
export const PAGE = z.object({ occurrences: z.array(OCCURRENCE), nextPageToken: text, unreachable: loose(z.array(z.unknown())) });

/** `gcloud artifacts docker images describe --show-package-vulnerability` or `--show-all-metadata`. */
export const DESCRIBED = z.object({
  discovery_summary: z.object({ discovery: listOf(OCCURRENCE) }).nullish(),
  package_vulnerability_summary: z.object({ vulnerabilities: z.record(z.string(), listOf(OCCURRENCE)).nullish() }).nullish(),
});
