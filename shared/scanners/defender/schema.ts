import * as z from "zod";
import { loose, numeric, text } from "../../runtime/lenient.ts";

const flag = loose(z.boolean());
const SCORE = loose(z.object({ base: numeric, cvssVectorString: text }));

const VULNERABILITY = z.object({
  cveId: text,
  severity: text,
  publishedDate: text,
  references: loose(z.array(z.object({ title: text }))),
  cvss: loose(z.record(z.string(), SCORE)),
  exploitabilityAssessment: loose(z.object({ isInExploitKit: flag })),
});

const SOFTWARE = z.object({
  packageName: text,
  version: text,
  category: text,
  language: text,
  fixedVersion: text,
  fixStatus: text,
  fixReference: loose(z.object({ releaseDate: text })),
});
export type Software = z.output<typeof SOFTWARE>;

const ADDITIONAL = z.object({
  assessedResourceType: text,
  vulnerabilityDetails: loose(VULNERABILITY),
  softwareDetails: loose(SOFTWARE),
  artifactDetails: loose(z.object({ digest: text })),
  cvssV30Score: numeric,
  // The shape before 2023: several CVEs in one entry, and no package.
  cve: loose(z.array(z.object({ title: text }))),
  cvss: loose(z.record(z.string(), SCORE)),
  patchable: flag,
  publishedTime: text,
});

const PROPERTIES = z.object({
  id: text,
  displayName: text,
  timeGenerated: text,
  status: loose(z.object({ code: text, cause: text, severity: text, description: text })),
  resourceDetails: loose(z.object({ id: text })),
  additionalData: loose(ADDITIONAL),
});
export type SubAssessment = z.output<typeof PROPERTIES>;

const ROW = z.object({ properties: PROPERTIES });

/** A page of the sub-assessments API (`value`, `nextLink`) or of Resource Graph (`data`, `$skipToken`). */
export const PAGE = z.object({ value: z.array(ROW), nextLink: text, $skipToken: text });
