import type { FindingsEvidence, InventoryEvidence } from "../domain/evidence.ts";
import type { ImageFacts } from "../ports/findings-source.ts";
import type { TriedReport } from "./reading.ts";

type Good = Extract<TriedReport, { readonly kind: "report" | "content" }>;
type Bad = Extract<TriedReport, { readonly kind: "failed" | "unsupported" | "pending" }>;

/** One answer out of all documents of a place. A document that could not be read is told, but never hides one that could. */
export function answerFrom(tried: readonly TriedReport[]): ImageFacts {
  const reports = tried.flatMap((each) => (each.kind === "report" ? [each] : []));
  const content = tried.flatMap((each) => (each.kind === "content" ? [each] : []));
  return {
    findings: findingsFrom(newestPerScanner(reports), tried),
    content: newestPerScanner(content).map((each) => each.report),
    inventory: inventoryFrom(tried),
    vex: tried.flatMap((each) => ("vex" in each ? each.vex : [])),
    attestations: tried.flatMap(({ attestation }) => attestation ?? []),
  };
}

function findingsFrom(reports: readonly Good[], tried: readonly TriedReport[]): FindingsEvidence {
  const bad = badOnes(tried);
  const [first, ...rest] = reports;
  if (first !== undefined) {
    const notes = [...reports.flatMap((each) => each.notes), ...bad.map((each) => each.why)];
    return { kind: "reported", reports: [first.report, ...rest.map((each) => each.report)], ...(notes.length === 0 ? {} : { notes }) };
  }
  return whatIsWrong(bad.filter(({ tells }) => tells.includes("report"))) ?? { kind: "absent" };
}

function inventoryFrom(tried: readonly TriedReport[]): InventoryEvidence {
  const [first, ...rest] = tried.flatMap((each) => ("inventory" in each && each.inventory !== undefined ? [each.inventory] : []));
  if (first !== undefined) return { kind: "reported", inventories: [first, ...rest] };
  const wrong = whatIsWrong(badOnes(tried).filter(({ tells }) => tells.includes("inventory")));
  return wrong === undefined ? { kind: "absent" } : { kind: "failed", why: wrong.why };
}

function badOnes(tried: readonly TriedReport[]): readonly Bad[] {
  return tried.flatMap((each) => (each.kind === "failed" || each.kind === "unsupported" || each.kind === "pending" ? [each] : []));
}

function whatIsWrong(bad: readonly Bad[]): { readonly kind: Bad["kind"]; readonly why: string } | undefined {
  if (bad.length === 0) return undefined;
  const kind = (["failed", "pending"] as const).find((worse) => bad.some((each) => each.kind === worse)) ?? "unsupported";
  return { kind, why: bad.map((each) => each.why).join("; ") };
}

// A report without a date cannot be shown to be older than another: it stays.
function newestPerScanner(reports: readonly Good[]): readonly Good[] {
  const newest = new Map<string, Good>();
  for (const each of reports) {
    const known = newest.get(each.report.scanner);
    if (
      each.report.scannedAt !== "unknown" &&
      (known === undefined || known.report.scannedAt === "unknown" || each.report.scannedAt > known.report.scannedAt)
    )
      newest.set(each.report.scanner, each);
  }
  return reports.filter((each) => each.report.scannedAt === "unknown" || newest.get(each.report.scanner)?.batch === each.batch);
}
