import { lookUp } from "../../domain/look-up.ts";
import type { VexStatement, VexStatus } from "../../domain/vex.ts";
import { readLooseTime, short } from "../../runtime/lenient.ts";
import type { CycloneVulnerability } from "./schema.ts";

// Reference: CycloneDX 1.7, "impact analysis state" and "justification"; what has no counterpart in OpenVEX's vocabulary is left out.
const STATES: Readonly<Record<string, VexStatus>> = {
  not_affected: "not-affected",
  false_positive: "not-affected",
  exploitable: "affected",
  resolved: "fixed",
  resolved_with_pedigree: "fixed",
  in_triage: "under-investigation",
};

const JUSTIFICATIONS: Readonly<Record<string, string>> = {
  code_not_present: "vulnerable_code_not_present",
  code_not_reachable: "vulnerable_code_not_in_execute_path",
  protected_by_compiler: "inline_mitigations_already_exist",
  protected_at_runtime: "inline_mitigations_already_exist",
  protected_at_perimeter: "inline_mitigations_already_exist",
  protected_by_mitigating_control: "inline_mitigations_already_exist",
};

/** What the analysis of a vulnerability says as VEX; nothing where it was not analysed. `nameOf` names what a reference stands for. */
export function readVex(
  { id, references, analysis, affects }: CycloneVulnerability,
  nameOf: (ref: string) => string,
  told: Pick<VexStatement, "author" | "saidAt">,
): readonly Omit<VexStatement, "place">[] {
  const status = lookUp(STATES, analysis?.state ?? "");
  const ids = [...new Set([id, ...references.map((reference) => reference.id)].map((each) => short(each.trim(), 200)))].filter(
    (each) => each !== "",
  );
  if (status === undefined || ids.length === 0) return [];
  const justification = lookUp(JUSTIFICATIONS, analysis?.justification ?? "");
  return [
    {
      ids,
      status,
      products: [...new Set(affects.map(({ ref }) => nameOf(ref)))].filter((name) => name !== ""),
      components: [],
      ...(justification === undefined ? {} : { justification }),
      ...told,
      saidAt: readLooseTime(analysis?.lastUpdated) ?? told.saidAt,
    },
  ];
}
