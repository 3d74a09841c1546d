import * as z from "zod";
import { listOf, many, word } from "../../runtime/lenient.ts";

const RANGE = z.object({ events: many(z.object({ fixed: word })) });
const AFFECTED = z.object({
  package: z.object({ name: word, ecosystem: word }).catch({ name: "", ecosystem: "" }),
  ranges: many(RANGE),
});

// OSV schema 1.7.
const RECORD = z.object({
  id: word,
  aliases: many(z.string()),
  upstream: many(z.string()),
  summary: word,
  published: word,
  withdrawn: word,
  severity: many(z.object({ type: word, score: word })),
  affected: many(AFFECTED),
  database_specific: z.object({ severity: word }).catch({ severity: "" }),
});
export type OsvRecord = z.output<typeof RECORD>;

const PACKAGE = z.object({
  package: z.object({ name: word, version: word, ecosystem: word }),
  vulnerabilities: listOf(RECORD),
  groups: many(z.object({ ids: many(z.string()), max_severity: word })),
  license_violations: many(z.string()),
});
export type OsvPackage = z.output<typeof PACKAGE>;

/** `osv-scanner --format json`. Only packages with something to tell are listed, unless it was asked for all. */
export const OSV_REPORT = z.object({
  results: z.array(z.object({ source: z.object({ path: word }).catch({ path: "" }), packages: listOf(PACKAGE) })),
});
