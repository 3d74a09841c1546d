import * as z from "zod";
import { listOf, loose, numeric, text } from "../../runtime/lenient.ts";

const PACKAGE = z.object({ name: text, version: text, source: loose(z.object({ name: text })) });
export type ClairPackage = z.output<typeof PACKAGE>;

const DISTRIBUTION = z.object({ did: text });

const ENVIRONMENT = z.object({
  package_db: text,
  introduced_in: text,
  distribution_id: text,
  repository_ids: loose(z.array(z.string())),
});
export type ClairEnvironment = z.output<typeof ENVIRONMENT>;

const VULNERABILITY = z.object({
  name: text,
  updater: text,
  issued: text,
  links: text,
  severity: text,
  normalized_severity: text,
  fixed_in_version: text,
  distribution: loose(DISTRIBUTION),
});
export type ClairVulnerability = z.output<typeof VULNERABILITY>;

/** One record of an enrichment: CVSS of NVD, EPSS or KEV, told apart by the enrichment's name. */
const ENRICHMENT = z.object({ version: text, baseScore: numeric, vectorString: text, epss: numeric, percentile: numeric, cve: text });
export type ClairEnrichment = z.output<typeof ENRICHMENT>;

/** clairproject.org/api/http/v1/vulnerability_report.schema.json */
export const CLAIR_REPORT = z.object({
  manifest_hash: text,
  packages: z.record(z.string(), PACKAGE),
  distributions: loose(z.record(z.string(), DISTRIBUTION)),
  repository: loose(z.record(z.string(), z.object({ name: text }))),
  environments: loose(z.record(z.string(), loose(z.array(ENVIRONMENT)))),
  vulnerabilities: z.record(z.string(), VULNERABILITY),
  package_vulnerabilities: z.record(z.string(), listOf(z.string())),
  enrichments: loose(z.record(z.string(), loose(z.array(z.record(z.string(), loose(z.array(ENRICHMENT))))))),
});
export type ClairReport = z.output<typeof CLAIR_REPORT>;
