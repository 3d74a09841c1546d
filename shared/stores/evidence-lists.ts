import { type FindingsEvidence, type ImageEvidence, reportsIn, type ScanReport } from "../domain/evidence.ts";
import type { Instant } from "../domain/time.ts";

/** Gives another list in place of one; `finding` tells whether its items are vulnerabilities. */
export type ReplaceList = <T extends object>(list: readonly T[], kind: "finding" | "other") => readonly T[];

/**
 * The same evidence with every list of facts replaced and one time of gathering. The lists come in one order, always: taking them out and
 * putting them back is the same walk.
 */
export function replaceLists(evidence: ImageEvidence, gatheredAt: Instant, replace: ReplaceList): ImageEvidence {
  const { findings, inventory, attestations, vex, children } = evidence;
  return {
    ...evidence,
    gatheredAt,
    findings: inFindings(findings, replace),
    inventory:
      inventory.kind === "reported" ? { ...inventory, inventories: nonEmpty(inventory.inventories, withPackages(replace)) } : inventory,
    attestations:
      attestations.kind === "examined" ? { ...attestations, statements: replace(attestations.statements, "other") } : attestations,
    vex: vex.kind === "examined" ? { ...vex, statements: replace(vex.statements, "other") } : vex,
    children: children.map((child) => replaceLists(child, gatheredAt, replace)),
  };
}

function inFindings(findings: FindingsEvidence, replace: ReplaceList): FindingsEvidence {
  const inReport = (report: ScanReport): ScanReport => ({
    ...report,
    findings: replace(report.findings, "finding"),
    ...(report.content === undefined ? {} : { content: replace(report.content, "other") }),
  });
  if (findings.kind === "reported") return { ...findings, reports: nonEmpty(findings.reports, inReport) };
  return "reports" in findings ? { ...findings, reports: reportsIn(findings).map(inReport) } : findings;
}

function withPackages(replace: ReplaceList): <T extends { readonly packages: readonly object[] }>(inventory: T) => T {
  return (inventory) => ({ ...inventory, packages: replace(inventory.packages, "other") });
}

function nonEmpty<T>([first, ...rest]: readonly [T, ...T[]], change: (item: T) => T): readonly [T, ...T[]] {
  return [change(first), ...rest.map(change)];
}
