import * as z from "zod";
import { closed } from "../field.ts";
import type { MergedFinding } from "../findings/merge.ts";
import { type CvssMetrics, fitsVector, metrics } from "./cvss-vector.ts";
import { fits, globs } from "./globs.ts";

/** Which findings a rule is about; every rule on vulnerabilities has these fields. */
export const findingShape = () => ({
  ignoreUnfixed: z.boolean().default(false).describe("Whether findings without a published fix are passed over."),
  ids: globs("Only vulnerabilities with one of these ids or aliases, such as CVE-2021-44228. * for any text.").optional(),
  packageTypes: globs("Only packages of these kinds: the purl's type (deb, npm, golang) or the scanner's own word.").optional(),
  exceptPackages: globs("Names of packages that are passed over.").optional(),
  vector: z
    .lazy(() => closed(metrics()))
    .optional()
    .describe("Only findings with such a CVSS 3 or 4 vector, for example { AV: [N], PR: [N] }. A finding without any such vector counts."),
});

export type FindingFilter = z.output<z.ZodObject<ReturnType<typeof findingShape>>>;

/** Builds no text: it is asked of every finding of every image. */
export function isMeant(filter: FindingFilter, finding: MergedFinding): boolean {
  if (filter.ignoreUnfixed && finding.fix.state !== "fixed") return false;
  if (filter.exceptPackages !== undefined && fits(filter.exceptPackages, finding.package)) return false;
  if (filter.ids !== undefined && !hasId(filter.ids, finding)) return false;
  if (filter.packageTypes !== undefined && !hasType(filter.packageTypes, finding)) return false;
  return filter.vector === undefined || hasVector(filter.vector, finding);
}

function hasId(ids: readonly string[], { id, aliases }: MergedFinding): boolean {
  return fits(ids, id) || aliases.some((alias) => fits(ids, alias));
}

function hasType(wanted: readonly string[], { types, purls }: MergedFinding): boolean {
  return types.some((type) => fits(wanted, type)) || purls.some((purl) => fits(wanted, /^pkg:([^/]+)\//.exec(purl)?.[1] ?? ""));
}

function hasVector(wanted: CvssMetrics, { cvss }: MergedFinding): boolean {
  const vectors = cvss.filter(({ version, vector }) => version !== "2" && vector !== undefined);
  return vectors.length === 0 || vectors.some(({ vector = "" }) => fitsVector(wanted, vector));
}
