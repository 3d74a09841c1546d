import * as z from "zod";
import { listOf, loose, number, text } from "../../runtime/lenient.ts";

const CVSS = z.object({ source: text, version: text, vector: text, metrics: loose(z.object({ baseScore: number })) });

const VULNERABILITY = z.object({
  id: text,
  severity: text,
  namespace: text,
  cvss: loose(z.array(CVSS)),
  // Grype before 0.9.
  cvssV2: loose(z.object({ baseScore: number, vector: text })),
  cvssV3: loose(z.object({ baseScore: number, vector: text })),
  fix: loose(
    z.object({
      state: text,
      versions: loose(z.array(z.string())),
      available: loose(z.array(z.object({ date: text }))),
    }),
  ),
  epss: loose(z.array(z.object({ epss: number, percentile: number }))),
  knownExploited: loose(z.array(z.unknown())),
});

const MATCH = z.object({
  vulnerability: VULNERABILITY,
  relatedVulnerabilities: loose(z.array(z.object({ id: text, severity: text, namespace: text, cvss: loose(z.array(CVSS)) }))),
  artifact: z.object({
    name: text,
    version: text,
    type: text,
    purl: text,
    locations: loose(z.array(z.object({ path: text, layerID: text }))),
    upstreams: loose(z.array(z.object({ name: text }))),
    metadata: loose(z.object({ Source: text, source: text })),
  }),
});
export type GrypeMatch = z.output<typeof MATCH>;

const RULE = z.object({ vulnerability: text, reason: text, "vex-status": text, "vex-justification": text });
const IGNORED = MATCH.extend({ appliedIgnoreRules: loose(z.array(RULE)) });
export type GrypeIgnored = z.output<typeof IGNORED>;

// `target` is an object for an image and a path for a directory.
const TARGET = z.object({ repoDigests: loose(z.array(z.string())), manifestDigest: text });
const DATABASE = z.object({ built: text, status: loose(z.object({ built: text })) });

/** `grype -o json`, of every version: it carries none of its own. `matches` has to be there, or nothing was compared. */
export const GRYPE_REPORT = z.object({
  matches: z.array(MATCH),
  ignoredMatches: listOf(IGNORED),
  source: loose(z.object({ type: text, target: loose(TARGET) })),
  descriptor: loose(z.object({ timestamp: text, db: loose(DATABASE) })),
});
export type GrypeReport = z.output<typeof GRYPE_REPORT>;
