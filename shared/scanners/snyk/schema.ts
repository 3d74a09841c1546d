import * as z from "zod";
import { loose, many, word } from "../../runtime/lenient.ts";

const ENTRY = z.object({
  id: word,
  type: word,
  title: word,
  severity: word,
  severityWithCritical: word,
  nvdSeverity: word,
  cvssScore: loose(z.number()),
  CVSSv3: word,
  cvssDetails: many(z.object({ assigner: word, severity: word, cvssV3Vector: word, cvssV3BaseScore: loose(z.number()) })),
  identifiers: z.object({ CVE: many(z.string()), GHSA: many(z.string()) }).catch({ CVE: [], GHSA: [] }),
  packageName: word,
  packageManager: word,
  name: word,
  version: word,
  purl: word,
  fixedIn: z.array(z.string()).optional().catch(undefined),
  nearestFixedInVersion: word,
  publicationTime: word,
  epssDetails: loose(z.object({ probability: z.coerce.number(), percentile: z.coerce.number() })),
  malicious: z.boolean().catch(false),
});
export type SnykEntry = z.output<typeof ENTRY>;

const RESULT = z.object({
  vulnerabilities: z.array(ENTRY),
  dependencyCount: z.number().catch(-1),
  displayTargetFile: word,
  packageManager: word,
  // What the project's own policy ignores, with the option that lists it.
  filtered: z.object({ ignore: z.array(ENTRY).catch([]) }).catch({ ignore: [] }),
});
export type SnykResult = z.output<typeof RESULT>;

/** `snyk container test --json`: the operating system, and below it an application for each lock file; a list with `--all-projects`. */
export const SNYK_REPORT = RESULT.extend({ applications: z.array(RESULT).nullish() });
