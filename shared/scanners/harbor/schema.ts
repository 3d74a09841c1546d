import * as z from "zod";
import { listOf, loose, numeric, text } from "../../runtime/lenient.ts";

const ITEM = z.object({
  id: text,
  package: text,
  version: text,
  fix_version: text,
  severity: text,
  status: text,
  description: text,
  artifact_digests: loose(z.array(z.string())),
  preferred_cvss: loose(z.object({ score_v3: numeric, score_v2: numeric, vector_v3: text, vector_v2: text })),
  vendor_attributes: loose(
    z.object({
      CVSS: loose(
        z.record(
          z.string(),
          loose(
            z.object({
              V2Score: numeric,
              V2Vector: text,
              V3Score: numeric,
              V3Vector: text,
              V40Score: numeric,
              V40Vector: text,
            }),
          ),
        ),
      ),
    }),
  ),
});
export type HarborItem = z.output<typeof ITEM>;

/** Harbor's own report and that of the pluggable scanners' API, versions 1.0 and 1.1 (src/pkg/scan/vuln/report.go). */
export const HARBOR_REPORT = z.object({
  generated_at: text,
  artifact: loose(z.object({ digest: text })),
  scanner: loose(z.object({ name: text })),
  severity: text,
  vulnerabilities: listOf(ITEM),
});
export type HarborReport = z.output<typeof HARBOR_REPORT>;

/** An entry of an artifact's `scan_overview`: the state of the scan, and counts in place of findings. */
export const HARBOR_OVERVIEW = z.object({ scan_status: z.string(), severity: text });
